package enginetest

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Snapshots holds snapshots beside units that change much more than memory keeps of it.
var Snapshots = scheduletest.Question{
	System: "engine", Name: "snapshots",
	Text: `Does a snapshot show the state of its commit however much is changed beside it? Memory for what keys were before is
drawn so small that most of it goes to the disk, in the middle of units that then commit or roll back, also in part. Some
snapshots are held for long and read again and again, upwards, downwards and key by key, and compared with the model. None
may be given up for want of memory. Then the disk is full for what they need: they may become too old and say so, nothing
else may suffer from it, and new ones can be had once the units of that moment have ended.`,
	Sometimes: []string{
		"a snapshot beside versions on the disk", "a snapshot behind the newest commit", "a rollback", "a partial rollback",
		"a snapshot became too old", "versions were given up", "snapshots again",
	},
	Enough: 100,
	Canon:  []string{"snapshotisolation.read.consistent-snapshot"},
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Options.Versions = 300 << r.IntN(4)
		k.Keys = 16 << r.IntN(4)
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		l := t.load()
		for range 300 + r.IntN(300) {
			if err := l.oftenRead(); err != nil {
				return err
			}
			if l.tooOld > 0 || l.waited > 0 {
				return errGivenUp
			}
		}
		t.Host.NoRoom = true
		for range 100 {
			if err := l.oftenRead(); err != nil {
				return err
			}
		}
		t.Host.NoRoom = false
		r.Say(t.Host.Ops)
		return l.snapshotsAgain()
	},
}.Register()

var errGivenUp = errors.New("a snapshot was given up, and there was room for what it needs")

// oftenRead is Step, and then more often than not a look at a snapshot.
func (l *Load) oftenRead() error {
	if err := l.Step(); err != nil {
		return err
	}
	if l.IntN(3) == 0 {
		return nil
	}
	return l.snapshot()
}

// snapshotsAgain ends all units, after which a snapshot must be had, and be right.
func (l *Load) snapshotsAgain() error {
	for len(l.open) > 0 {
		end := l.commit
		if l.IntN(2) == 0 {
			end = l.rollback
		}
		if err := end(l.pick()); err != nil {
			return err
		}
	}
	l.host.Settle()
	if err := l.poll(); err != nil {
		return err
	}
	s, err := l.db.Snapshot()
	if err != nil {
		return fmt.Errorf("no snapshot is to be had, and no unit is open: %w", err)
	}
	defer s.Close()
	got, err := l.read(s)
	l.marks("snapshots again", l.waited > 0 && err == nil)
	return errors.Join(err, l.judge(s, got))
}
