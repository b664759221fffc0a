package rsm

import "time"

// reads is the reads of one level, as they came. One barrier at a time is asked of
// the engine, for all who wait by then; who comes later waits for the next. So a
// round of messages serves as many reads as arrive during one.
type reads struct {
	readers []reader
	// barrier is the number of the latest barrier; under way until it is answered or
	// given up. Its answer counts also after that: else a group in which a barrier
	// takes longer than Config.RetryAfter would ask for ever and answer nobody.
	barrier  uint64
	underWay bool
	askedAt  time.Duration
}

type reader struct {
	done     func(error)
	deadline time.Duration
	barrier  uint64 // the first that was asked for it; 0 for none
}

func (q *reads) busy() bool { return len(q.readers) > 0 }

// Read runs done(nil) once Query sees a state that is as fresh as level says;
// the query has to be asked within done. An error (ErrNoLeader, ErrBusy) says
// that it could not be had by Config.Timeout. It may run before Read returns.
func (r *Replica) Read(level Level, done func(error)) {
	if level >= Serializable || level == Lease && r.engine.HoldsLease() {
		done(nil)
		return
	}
	q := &r.reads[level]
	if len(q.readers) >= r.cfg.MaxOutstanding {
		done(ErrBusy)
		return
	}
	q.readers = append(q.readers, reader{done: done, deadline: r.deadline()})
	r.ask(level)
	if q.busy() {
		r.armTick()
	}
}

// ask starts a barrier for all who wait, unless one is under way.
func (r *Replica) ask(level Level) {
	q := &r.reads[level]
	if q.underWay || !q.busy() || r.leader == "" {
		return
	}
	q.underWay, q.askedAt = true, r.env.Elapsed()
	q.barrier++
	for i := len(q.readers) - 1; i >= 0 && q.readers[i].barrier == 0; i-- {
		q.readers[i].barrier = q.barrier
	}
	barrier := q.barrier
	r.engine.Barrier(level, func(err error) { r.onBarrier(level, barrier, err) })
}

// onBarrier answers those who waited when the barrier was asked for. After an error
// another is asked for at the next tick, or change of leader.
func (r *Replica) onBarrier(level Level, barrier uint64, err error) {
	q := &r.reads[level]
	if barrier == q.barrier {
		q.underWay = false
	}
	if err != nil {
		return
	}
	n := 0
	for n < len(q.readers) && q.readers[n].barrier-1 < barrier { // 0 is greater than any
		n++
	}
	ready := q.readers[:n:n]
	if q.readers = q.readers[n:]; len(q.readers) == 0 || q.readers[0].barrier == 0 {
		q.underWay = false // nobody waits for it any more
	}
	for _, reader := range ready {
		reader.done(nil)
	}
	r.ask(level)
}

// retryReads gives up reads whose time is over and asks again for the rest.
func (r *Replica) retryReads(level Level, now time.Duration) {
	q := &r.reads[level]
	if now-q.askedAt >= r.cfg.RetryAfter {
		q.underWay = false
	}
	late := 0
	for late < len(q.readers) && q.readers[late].deadline <= now {
		late++
	}
	expired := q.readers[:late:late]
	q.readers = q.readers[late:]
	for _, reader := range expired {
		reader.done(ErrNoLeader)
	}
	r.ask(level)
}

// restartReads asks the new leader what the old one may no longer answer.
func (r *Replica) restartReads() {
	for level := range r.reads {
		q := &r.reads[level]
		for i := range q.readers {
			q.readers[i].barrier = 0
		}
		q.underWay = false
		r.ask(Level(level))
	}
}
