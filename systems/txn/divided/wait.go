package divided

import (
	"errors"
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// undecided is a branch that has voted yes.
type undecided struct {
	timestamp uint64
	wounded   bool // its coordinator was told that somebody older waits for it
}

// passing tells whether what the coordinator's part was aborted for may soon be over, so
// that it is worth while to let the other parts wait: something is undecided here. Who is
// wounded does not wait (D5).
func (o *Owner) passing(t *Transaction, abort error) bool {
	var a *scheme.Abort
	return !t.wounded && t.tries < o.options.Again && len(o.undecided) > 0 && errors.As(abort, &a)
}

// wait lets the coordinator's part wait until something is decided that may be in its way,
// and wounds what of that is younger.
func (o *Owner) wait(t *Transaction) {
	t.tries++
	o.waiting = append(o.waiting, t)
	for i := range o.undecided {
		if u := &o.undecided[i]; u.timestamp > t.timestamp && !u.wounded {
			u.wounded = true
			o.say(int(u.timestamp%uint64(o.owners)), Message{word: wound, timestamp: u.timestamp})
		}
	}
}

// wounded takes note that somebody older waits for a transaction, which then must not wait,
// unless it is at its end.
func (o *Owner) wounded(timestamp uint64) {
	i := slices.IndexFunc(o.running, func(t *Transaction) bool { return t.timestamp == timestamp })
	if i < 0 {
		return
	}
	t := o.running[i]
	t.wounded = true
	if at := slices.Index(o.waiting, t); at >= 0 {
		o.waiting = slices.Delete(o.waiting, at, at+1)
		o.stats.Wounded++
		o.tell(t, &scheme.Abort{Reason: "wounded"})
	}
}

// decided forgets a branch that had voted yes.
func (o *Owner) decided(timestamp uint64) {
	at := slices.IndexFunc(o.undecided, func(u undecided) bool { return u.timestamp == timestamp })
	o.undecided = slices.Delete(o.undecided, at, at+1)
}

// retry lets those have another try whom something was in the way of that is decided now.
func (o *Owner) retry() {
	waiting := o.waiting
	o.waiting = nil
	for _, t := range waiting {
		o.stats.Again++
		o.start(t.home, true)
	}
}
