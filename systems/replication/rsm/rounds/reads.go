package rounds

import (
	"time"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Reads is a leader's rounds and the reads that wait for them. The zero value is
// the beginning of a leadership.
type Reads struct {
	current uint64
	begun   []round // the latest ones, oldest first
	proven  round
	waiting []read
}

type round struct {
	number uint64
	at     time.Duration
}

type read struct {
	dated bool // index and round are set
	index rsm.Index
	round uint64
	then  func(rsm.Index, error)
}

// Bounds. Forgetting an unanswered round costs a lease some of its length;
// replicas ask for one read at a time, so only repetition gets to maxReads.
const (
	maxRounds = 64
	maxReads  = 4096
)

// Begin starts the next round and returns its number, which the caller sends to
// everybody.
func (r *Reads) Begin(now time.Duration) uint64 {
	r.current++
	if len(r.begun) == maxRounds {
		r.begun = append(r.begun[:0], r.begun[1:]...)
	}
	r.begun = append(r.begun, round{r.current, now})
	return r.current
}

// Current returns the number of the latest round; 0 before the first.
func (r *Reads) Current() uint64 { return r.current }

// Proven returns when the latest round began that a quorum has answered, and
// whether there is one.
func (r *Reads) Proven() (begun time.Duration, ok bool) { return r.proven.at, r.proven.number > 0 }

// Await makes a read wait: for the next round, which the caller is to begin, if
// the leader knows what is committed, and else until Date. It returns ErrBusy if
// too many wait.
func (r *Reads) Await(known bool, commit rsm.Index, then func(rsm.Index, error)) error {
	if len(r.waiting) >= maxReads {
		return rsm.ErrBusy
	}
	r.waiting = append(r.waiting, read{dated: known, index: commit, round: r.current + 1, then: then})
	return nil
}

// Date gives the reads that came too early for it an index. It reports whether
// there were any: the caller then begins a round.
func (r *Reads) Date(commit rsm.Index) (any bool) {
	for i := range r.waiting {
		if w := &r.waiting[i]; !w.dated {
			w.dated, w.index, w.round, any = true, commit, r.current+1, true
		}
	}
	return any
}

// Prove takes notice that a quorum has answered a round.
func (r *Reads) Prove(number uint64) {
	if number <= r.proven.number {
		return
	}
	n := 0
	for n < len(r.begun) && r.begun[n].number <= number {
		r.proven = r.begun[n]
		n++
	}
	r.begun = append(r.begun[:0], r.begun[n:]...)
	r.proven.number = number
}

// Release answers the reads whose round is proven. The caller has applied what
// it knew to be committed when they came.
func (r *Reads) Release() {
	n := 0
	for n < len(r.waiting) && r.waiting[n].dated && r.waiting[n].round <= r.proven.number {
		n++
	}
	ready := r.waiting[:n:n]
	r.waiting = r.waiting[n:]
	for _, w := range ready {
		w.then(w.index, nil)
	}
}

// Abandon fails all that wait: the leadership is over.
func (r *Reads) Abandon(err error) {
	waiting := r.waiting
	r.waiting = nil
	for _, w := range waiting {
		w.then(0, err)
	}
}
