package rsm

import "time"

// reads is the reads of one level. One barrier at a time is asked of the
// engine, for all who waited when it was asked; who comes later waits for the
// next. So a round of messages serves as many reads as arrive during one.
type reads struct {
	waiting []reader
	asked   []reader
	askedAt time.Duration
	// generation tells the barrier in progress from those that were given up.
	generation uint64
}

type reader struct {
	done     func(error)
	deadline time.Duration
}

func (q *reads) busy() bool { return len(q.waiting)+len(q.asked) > 0 }

// Read runs done(nil) once Query sees a state that is as fresh as level says;
// the query has to be asked within done. An error (ErrNoLeader, ErrBusy) says
// that it could not be had by Config.Timeout. It may run before Read returns.
func (r *Replica) Read(level Level, done func(error)) {
	if level >= Serializable || level == Lease && r.engine.HoldsLease() {
		done(nil)
		return
	}
	q := &r.reads[level]
	if len(q.waiting)+len(q.asked) >= r.cfg.MaxOutstanding {
		done(ErrBusy)
		return
	}
	q.waiting = append(q.waiting, reader{done, r.deadline()})
	r.ask(level)
	if q.busy() {
		r.armTick()
	}
}

// ask starts a barrier for all who wait, unless one is in progress.
func (r *Replica) ask(level Level) {
	q := &r.reads[level]
	if len(q.asked) > 0 || len(q.waiting) == 0 || r.leader == "" {
		return
	}
	q.asked, q.waiting = q.waiting, nil
	q.askedAt = r.env.Elapsed()
	q.generation++
	generation := q.generation
	r.engine.Barrier(level, func(err error) {
		if generation == q.generation {
			r.onBarrier(level, err)
		}
	})
}

func (r *Replica) onBarrier(level Level, err error) {
	q := &r.reads[level]
	q.generation++
	if err != nil {
		q.askAgain() // at the next tick or change of leader
		return
	}
	ready := q.asked
	q.asked = nil
	for _, reader := range ready {
		reader.done(nil)
	}
	r.ask(level)
}

// askAgain puts those who were asked for back in front of those who wait.
func (q *reads) askAgain() {
	q.waiting = append(q.asked, q.waiting...)
	q.asked = nil
	q.generation++
}

// retryReads gives up reads whose time is over and asks again for the rest.
func (r *Replica) retryReads(level Level, now time.Duration) {
	q := &r.reads[level]
	if len(q.asked) > 0 && now-q.askedAt >= r.cfg.RetryAfter {
		q.askAgain()
	}
	late := 0
	for late < len(q.waiting) && q.waiting[late].deadline <= now {
		late++
	}
	expired := q.waiting[:late:late]
	q.waiting = q.waiting[late:]
	for _, reader := range expired {
		reader.done(ErrNoLeader)
	}
	r.ask(level)
}

// restartReads asks the new leader what the old one may no longer answer.
func (r *Replica) restartReads() {
	for level := range r.reads {
		r.reads[level].askAgain()
		r.ask(Level(level))
	}
}
