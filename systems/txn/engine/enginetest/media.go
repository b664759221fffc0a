package enginetest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Media loses the disk with the data.
var Media = scheduletest.Question{
	System: "engine", Name: "media",
	Text: `Does the log, on a device of its own, make good the loss of the data? A backup is taken while units go on, the log is
kept from then on, more units follow, and the power fails. The disk with the data is gone; the log and the backup are
not. What is restored from both holds every acknowledged commit, whole, and nothing else; from the backup alone, the
state as of some moment of its making.`,
	Canon:     []string{"wal.log.separate-sequential-file", "wal.acid.durability"},
	Sometimes: []string{"commits behind the backup", "units during the backup"},
	Enough:    30,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Options.Versions = 1 << 20
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		l := t.load()
		for range r.IntN(100) {
			if err := l.Step(); err != nil {
				return err
			}
		}
		backup, states, err := t.backup(l)
		if err != nil {
			return err
		}
		t.Host.CrashAt = t.Host.Ops + 1 + r.IntN(300)
		_, err = guarded(func() error {
			for range 100 {
				if err := l.Step(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		r.Marks.Sometimes("commits behind the backup", t.Model.Acked > states)
		t.Crash()
		lost := t.Device
		if err := t.restored(backup, nil, states); err != nil {
			return fmt.Errorf("from the backup alone: %w", err)
		}
		if err := t.restored(backup, lost, -1); err != nil {
			return fmt.Errorf("from backup and log: %w", err)
		}
		r.Say(len(backup), t.Model.Acked)
		return nil
	},
}.Register()

// backup takes one while the load goes on, and tells how many commits were
// acknowledged before it began.
func (t *Trial) backup(l *Load) (b []byte, acked int, err error) {
	acked = t.Model.Acked
	k := t.DB.Backup()
	for more := true; more; {
		var err error
		b, more, err = k.Next(b)
		if _, waits := scheme.Waiting(err); err != nil && !waits {
			return nil, 0, err
		} else if waits {
			more = true
		}
		if err := l.Step(); err != nil {
			return nil, 0, err
		}
		t.Host.Step()
	}
	t.Marks("units during the backup", t.Model.Acked > acked)
	k.Close(true)
	return b, acked, nil
}

// restored makes a new database of a backup, and of a lost one's log if that is not
// nil. At least so many commits must be there: -1 for all acknowledged ones.
func (t *Trial) restored(backup []byte, lost *disk.Faulty, least int) error {
	t.Device = disk.NewUnshared()
	host, err := NewHost(t.Rand, t.Device, int(t.Knobs.LogBatch))
	if err != nil {
		return err
	}
	err = errors.New("it neither ends nor goes on")
	done := func(e error) { err = e }
	if lost == nil {
		engine.Restore(host, bytes.NewReader(backup), nil, done)
	} else {
		old, e := NewHost(t.Rand, lost, int(t.Knobs.LogBatch))
		if e != nil {
			return e
		}
		engine.Restore(host, bytes.NewReader(backup), old.Log(aries.Stream), done)
	}
	host.Settle()
	if err != nil {
		return err
	}
	if err := host.log.Close(); err != nil {
		return err
	}
	m := *t.Model
	defer func() { t.Model = &m }()
	if least >= 0 {
		t.Model.Acked = least
	}
	return t.Recover(1)
}
