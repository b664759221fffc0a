package owners

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"

	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// loop is an owner's goroutine.
type loop struct {
	all     *Owners
	owner   *divided.Owner
	in, out []*ring // by the other owner; nil for itself
	flight  int
	source  Source
	dry     bool // the source
	ended   bool // all that it gave
	round   uint64
	running int
	aborted []*visit // that are to begin again
	ahead   *visit   // the source's next, which was asked for while there was nothing to do
	spare   []*visit
	err     error

	commits, aborts atomic.Int64
	wake            chan struct{}

	_      [line]byte // others look at this all the time
	asleep atomic.Bool
	_      [line]byte
}

// visit is a transaction of the loop's own, or room for one.
type visit struct {
	l     *loop
	txn   *divided.Transaction // under way, or spent
	tries int
	round uint64 // not to begin again before
	done  func(error)
}

// spins is how often a loop without work looks again before it sleeps: some microseconds.
const spins = 10000

func (l *loop) run() {
	for idle := 0; ; idle++ {
		l.round++
		worked := l.receive()
		worked = l.begin() || worked
		switch {
		case worked:
			idle = 0
		case l.ahead == nil && !l.dry:
			l.ahead = l.fresh()
		case l.over():
			return
		case idle > spins && (len(l.aborted) == 0 || l.running == l.flight):
			l.sleep()
			idle = 0
		}
	}
}

// receive takes what others have sent.
func (l *loop) receive() (any bool) {
	for _, r := range l.in {
		if r != nil && r.take(l.hear) {
			any = true
		}
	}
	return any
}

// hear takes a message. If it ended a transaction, the next one begins before any other
// message is taken, so that others have their parts of it to do, and not nothing.
func (l *loop) hear(m divided.Message) {
	l.owner.Receive(m)
	l.begin()
}

// send shows another loop a message, and wakes it if it sleeps (O3).
func (l *loop) send(to int, m divided.Message) {
	l.out[to].put(m)
	l.all.loops[to].rouse()
}

func (l *loop) rouse() {
	if l.asleep.Load() && l.asleep.CompareAndSwap(true, false) {
		l.wake <- struct{}{}
	}
}

// sleep waits until somebody has sent something, or all is over (O3).
func (l *loop) sleep() {
	l.asleep.Store(true)
	if l.something() && l.asleep.CompareAndSwap(true, false) {
		return
	}
	<-l.wake
}

// something tells whether there is a reason not to sleep.
func (l *loop) something() bool {
	for _, r := range l.in {
		if r != nil && !r.empty() {
			return true
		}
	}
	return l.all.left.Load() == 0
}

// over tells whether there is nothing to do, for this loop or another, and never will be:
// what a loop sends it shows before it says that it has ended.
func (l *loop) over() bool {
	if !l.ended && l.dry && l.running == 0 && len(l.aborted) == 0 && l.ahead == nil {
		l.ended = true
		l.all.end()
	}
	if !l.ended || l.all.left.Load() > 0 {
		return false
	}
	l.receive()
	return true
}

// begin begins one transaction, if not too many are under way: an aborted one that has
// waited long enough, or a new one.
func (l *loop) begin() bool {
	if l.running >= l.flight {
		return false
	}
	v := l.next()
	if v == nil {
		return false
	}
	l.running++
	l.owner.Begin(v.txn)
	return true
}

func (l *loop) next() *visit {
	for i, v := range l.aborted {
		if v.round <= l.round {
			last := len(l.aborted) - 1
			l.aborted[i] = l.aborted[last]
			l.aborted = l.aborted[:last]
			return v
		}
	}
	if len(l.aborted) > 2*l.flight {
		return nil
	}
	v := l.ahead
	if l.ahead = nil; v == nil {
		v = l.fresh()
	}
	return v
}

// fresh asks the source for a transaction, and returns nil if there is none any more.
func (l *loop) fresh() *visit {
	if l.dry {
		return nil
	}
	v := l.visit()
	v.txn, v.tries = l.source(v.txn), 0
	if l.dry = v.txn == nil; l.dry {
		return nil
	}
	v.txn.Done = v.done
	return v
}

func (l *loop) visit() *visit {
	if n := len(l.spare); n > 0 {
		v := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return v
	}
	v := &visit{l: l}
	v.done = v.ended
	return v
}

// ended takes note of what became of a transaction. After an abort it lets some rounds pass,
// more with each: who comes back at once may meet the same transaction again.
func (v *visit) ended(err error) {
	l := v.l
	l.running--
	var abort *scheme.Abort
	if errors.As(err, &abort) {
		l.aborts.Add(1)
		v.tries++
		v.round = l.round + rand.Uint64N(4<<min(v.tries, 6))
		l.aborted = append(l.aborted, v)
		return
	}
	if err == nil {
		l.commits.Add(1)
	} else if l.err == nil {
		l.err = err
	}
	l.spare = append(l.spare, v)
}
