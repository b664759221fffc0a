package rsm

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// commandQueue is a pipeline's commands, and the session that keeps their
// copies from running twice.
type commandQueue struct {
	waiting deque[pending] // never sent; without a sequence number

	session uint64 // 0 while none is open
	opening bool
	// The i-th of sent has sequence number base+i. Those that have an outcome
	// stay until all before them do.
	base  uint64
	sent  deque[pending]
	again []uint64 // of sent, what to send again; ascending

	flights []*flight
}

func (q *commandQueue) outstanding() int { return q.waiting.len() + q.sent.len() }

func (p *Pipeline) flushCommands() {
	q := &p.commands
	for len(q.flights) < p.cfg.Flights && q.waiting.len()+len(q.again) > 0 {
		if q.session == 0 {
			p.openSession()
			return
		}
		p.sendCommands()
	}
}

// openSession opens one unless that is under way. On the way it finds the
// leader.
func (p *Pipeline) openSession() {
	q := &p.commands
	if q.opening {
		return
	}
	q.opening = true
	p.env.Go(func(t node.Task) {
		err := p.opener.requestSession(t, p.deadline())
		q.opening = false
		if err == nil {
			q.session, q.base = p.opener.session.id, 1
			p.leader = p.opener.leader
		}
		p.wake()
	})
}

// sendCommands fills one message.
func (p *Pipeline) sendCommands() {
	q := &p.commands
	f := p.newFlight(p.target())
	batch := make([]byte, 0, q.estimate(p.cfg.MaxMessage))
	for len(batch) < p.cfg.MaxMessage {
		seq, it := q.next()
		if it == nil {
			break
		}
		it.sent++
		it.flight = f
		f.seqs = append(f.seqs, seq)
		batch = appendItem(batch, item{session: q.session, seq: seq, acked: q.base - 1, body: it.body})
	}
	if f.left = len(f.seqs); f.left == 0 {
		return // all that was to be sent again has its outcome by now
	}
	q.flights = append(q.flights, f)
	// Early: what is asked for promises nothing.
	p.env.SendEarly(f.to, &Commands{ID: f.id, Batch: batch})
}

// estimate is about how long a message of all that waits would be, up to limit.
func (q *commandQueue) estimate(limit int) int {
	n := len(q.again) * itemOverhead
	for _, it := range q.waiting.all() {
		if n += len(it.body) + itemOverhead/2; n >= limit {
			return limit + len(it.body) + itemOverhead
		}
	}
	return n
}

// next returns what to send next: copies before what never was.
func (q *commandQueue) next() (uint64, *pending) {
	for len(q.again) > 0 {
		seq := q.again[0]
		q.again = q.again[1:]
		if it := q.find(seq); it != nil {
			return seq, it
		}
	}
	if q.waiting.len() == 0 {
		return 0, nil
	}
	q.sent.push(*q.waiting.at(0))
	q.waiting.drop(1)
	i := q.sent.len() - 1
	return q.base + uint64(i), q.sent.at(i)
}

// find returns the command with a sequence number, unless it has an outcome.
func (q *commandQueue) find(seq uint64) *pending {
	if seq < q.base || seq-q.base >= uint64(q.sent.len()) {
		return nil
	}
	if it := q.sent.at(int(seq - q.base)); it.done != nil {
		return it
	}
	return nil
}

func (p *Pipeline) onExecuted(m *Executed) {
	q := &p.commands
	for b := m.Outcomes; len(b) > 0 && m.Session == q.session; {
		seq, code, result, rest, err := nextOutcome(b)
		if err != nil {
			return // what it did not say will be asked for again
		}
		b = rest
		switch err := code.Err(); err {
		case nil:
			q.end(q.find(seq), result, nil)
		case ErrSessionExpired:
			q.expire()
		default:
			q.end(q.find(seq), nil, err)
		}
	}
	q.shift()
}

// end gives a command its outcome.
func (q *commandQueue) end(it *pending, result []byte, err error) {
	if it == nil {
		return
	}
	done, f := it.done, it.flight
	*it = pending{}
	if f != nil {
		if f.left--; f.left == 0 {
			q.flights = slices.DeleteFunc(q.flights, func(g *flight) bool { return g == f })
		}
	}
	done(result, err)
}

// shift forgets what has an outcome at the front, which acknowledges it.
func (q *commandQueue) shift() {
	n := 0
	for n < q.sent.len() && q.sent.at(n).done == nil {
		n++
	}
	q.sent.drop(n)
	q.base += uint64(n)
}

// takeBack has a flight's commands sent again, unless they were refused for
// good. Every copy of one message is refused likewise, so that of a command that
// left in no other is certain.
func (q *commandQueue) takeBack(f *flight, why *Refused) {
	err := why.Code.Err()
	for _, seq := range f.seqs {
		it := q.find(seq)
		if it == nil || it.flight != f {
			continue
		}
		it.flight = nil
		switch {
		case err != ErrRefused && err != ErrTooLarge:
			q.again = append(q.again, seq)
		case it.sent > 1:
			q.end(it, nil, ErrUnknown)
		default:
			q.end(it, nil, err)
		}
	}
	slices.Sort(q.again)
	q.shift()
}

// expire ends a session that is no longer in the table. What has left in it may
// have been executed before it expired, so none of it is sent in another one.
func (q *commandQueue) expire() {
	over := q.sent.all()
	q.session, q.sent, q.again, q.flights = 0, deque[pending]{}, nil, nil
	for _, it := range over {
		if it.done != nil {
			it.done(nil, ErrSessionExpired)
		}
	}
}

// giveUp ends what waited too long; surely is the error for what never left.
// Sequence numbers that are given up are acknowledged like others, so
// a late copy will not run.
func (q *commandQueue) giveUp(now time.Duration, surely error) {
	for i := 0; i < q.sent.len() && q.sent.at(i).late(now); i++ {
		if it := q.sent.at(i); it.done != nil {
			q.end(it, nil, ErrUnknown)
		}
	}
	q.shift()
	for q.waiting.len() > 0 && q.waiting.at(0).late(now) {
		done := q.waiting.at(0).done
		q.waiting.drop(1)
		done(nil, surely)
	}
}

// late tells whether it is over, or its time is.
func (it *pending) late(now time.Duration) bool { return it.done == nil || it.deadline <= now }
