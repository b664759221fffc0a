package kv

import (
	"cmp"
	"slices"
)

// The quota is a matter of the host: it looks at Full before it proposes a
// write, and proposes AlarmActivate instead if there is no room. From the
// alarm on all replicas refuse what would make the store grow, whoever
// proposes it, until an operator has made room and takes the alarm back.

// admit refuses what an active alarm forbids, and commands that are no union.
func (s *Store) admit(c *Command) Refusal {
	if len(s.alarms) == 0 {
		return 0
	}
	for _, a := range s.alarms {
		switch {
		case a.Kind == AlarmCorrupt && c.changes():
			return ErrCorrupt
		case a.Kind == AlarmNoSpace && c.Grows():
			return ErrNoSpace
		}
	}
	return 0
}

// changes tells whether c is more than an alarm or a compaction.
func (c *Command) changes() bool {
	return c.AlarmActivate == nil && c.AlarmDeactivate == nil && c.Compact == nil
}

// Grows tells whether c may make the store larger.
func (c *Command) Grows() bool {
	return c.Put != nil || c.LeaseGrant != nil || c.Txn != nil && c.Txn.puts()
}

func (t *Txn) puts() bool { return anyPut(t.Success) || anyPut(t.Failure) }

func anyPut(ops []Op) bool {
	for i := range ops {
		if ops[i].Put != nil || ops[i].Txn != nil && ops[i].Txn.puts() {
			return true
		}
	}
	return false
}

// Full tells whether the versions outgrew the quota of this host.
func (s *Store) Full() bool { return s.options.Quota > 0 && s.bytes > s.options.Quota }

// Size returns the length of all versions in bytes, as the quota counts it.
func (s *Store) Size() int64 { return s.bytes }

func (s *Store) applyActivate(a *AlarmActivate, r *Result) Refusal {
	if a.Kind != AlarmNoSpace && a.Kind != AlarmCorrupt {
		return ErrMalformed
	}
	alarm := Alarm{a.Kind, a.Member}
	if at, known := s.findAlarm(alarm); !known {
		if len(s.alarms) >= MaxAlarms {
			return ErrNoSpace
		}
		s.alarms = slices.Insert(slices.Clone(s.alarms), at, alarm)
	}
	r.Alarms = s.alarms
	return 0
}

func (s *Store) applyDeactivate(a *AlarmDeactivate, r *Result) Refusal {
	if at, known := s.findAlarm(Alarm{a.Kind, a.Member}); known {
		s.alarms = slices.Delete(slices.Clone(s.alarms), at, at+1)
	}
	r.Alarms = s.alarms
	return 0
}

func (s *Store) findAlarm(a Alarm) (int, bool) {
	return slices.BinarySearchFunc(s.alarms, a, compareAlarms)
}

func compareAlarms(a, b Alarm) int {
	return cmp.Or(cmp.Compare(a.Member, b.Member), cmp.Compare(a.Kind, b.Kind))
}
