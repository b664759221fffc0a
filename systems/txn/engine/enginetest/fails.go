package enginetest

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// ErrMedium is what a sync fails with.
var ErrMedium = errors.New("the medium does not answer")

// FailedSync lets one sync fail, and the system call everything clean afterwards.
var FailedSync = scheduletest.Question{
	System: "engine", Name: "failed-sync",
	Text: `What is a sync worth that succeeds after one has failed? Nothing: the system drops the pages that it could not
write, reports that once, and calls the file clean from then on. One sync that is drawn, of the log, the data file, the
double-write file or the master record, fails that way, and all later ones of that file report success and do nothing. The
database must take the first report as its end: every later call fails and says why, no commit is acknowledged any more. The
power is lost then; after the restart everything is there that was ever acknowledged.`,
	Canon:     []string{"wal.acid.durability", "wal.challenge.volatile-disk-caches"},
	Sometimes: []string{"a sync of the log failed", "a sync of a file failed", "commits were under way"},
	Enough:    40,
	Ask: func(r *scheduletest.Run) error {
		t := NewTrial(r.Rand, Draw(r.Rand), r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		t.Host.FailSync = t.Host.Syncs + 1 + r.IntN(40)
		if err := t.untilFailure(r, ErrMedium, func(int) {}); err != nil {
			return err
		}
		r.Marks.Sometimes("a sync of the log failed", t.Host.Failed != nil)
		r.Marks.Sometimes("a sync of a file failed", t.Host.Failed == nil && t.DB.Err() != nil)
		r.Say(t.Host.Ops)
		t.Crash()
		return t.Recover(1)
	},
}.Register()

// Full lets the disk fill up.
var Full = scheduletest.Question{
	System: "engine", Name: "full",
	Text: `What happens when the disk is full in the middle of a commit? At a moment that is drawn, the disk takes only a few
pages or records more. Whatever runs into that, the log or the page writer, the database must end with an error that says
so, and acknowledge nothing more. To open it while the disk is still full either works or says the same. Once there is room
again it opens, and everything is there that was acknowledged, and nothing of what was never told to commit.`,
	Canon:     []string{"wal.acid.atomicity", "wal.acid.durability"},
	Sometimes: []string{"the log had no room", "a page had no room", "commits were under way", "no room to open it"},
	Enough:    100,
	Ask: func(r *scheduletest.Run) error {
		t := NewTrial(r.Rand, Draw(r.Rand), r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		at := r.IntN(150)
		fill := func(step int) {
			if step == at {
				t.Device.SetCapacity(t.Device.Used() + int64(r.IntN(30_000)))
			}
		}
		if err := t.untilFailure(r, disk.ErrFull, fill); err != nil {
			return err
		}
		r.Marks.Sometimes("the log had no room", t.Host.Failed != nil)
		r.Marks.Sometimes("a page had no room", t.Host.Failed == nil && t.DB.Err() != nil)
		r.Say(t.Host.Ops)
		t.Crash()
		t.Device.SetCapacity(t.Device.Used() + int64(r.IntN(2000)))
		if _, err := t.Restart(0); err != nil && !errors.Is(err, disk.ErrFull) {
			return fmt.Errorf("opened on a full disk: %w", err)
		} else if err != nil {
			r.Marks.Sometimes("no room to open it", true)
		}
		t.Crash()
		t.Device.SetCapacity(0)
		return t.Recover(1)
	},
}.Register()

// untilFailure runs a load until the database has died of a cause, or it has done so
// much that it is not going to, and sees that it stays dead. It calls before ahead of
// every step.
func (t *Trial) untilFailure(r *scheduletest.Run, cause error, before func(step int)) error {
	l := t.load()
	var err error
	for i := 0; i < 600 && err == nil; i++ {
		before(i)
		err = l.Step()
	}
	r.Marks.Sometimes("commits were under way", err != nil && len(l.committing) > 0)
	for range 2 {
		t.Host.Settle()
		if err := l.ask(cause); err != nil {
			return err
		}
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, cause) {
		return fmt.Errorf("the load ended with an error that does not say why: %w", err)
	}
	return l.dead(cause)
}

// ask asks once how the commits under way have got on. An answer counts.
func (l *Load) ask(cause error) error {
	for _, w := range l.committing {
		err := w.unit.Commit()
		if _, waits := scheme.Waiting(err); waits {
			continue
		}
		if err == nil {
			l.model.Ack(w.number)
		} else if !errors.Is(err, cause) {
			return fmt.Errorf("a commit failed, and its error does not say why: %w", err)
		}
	}
	return nil
}

// dead checks that nothing works any more, and says so.
func (l *Load) dead(cause error) error {
	u := l.db.Begin()
	_, _, read := l.db.Get([]byte("k"))
	_, snapshot := l.db.Snapshot()
	for i, err := range []error{u.Put([]byte("k"), nil), read, snapshot, l.db.WriteAll()} {
		if !errors.Is(err, cause) {
			what := []string{"Put", "Get", "Snapshot", "WriteAll"}[i]
			return fmt.Errorf("%s after the failure: %w, and it should say what failed", what, err)
		}
	}
	return nil
}
