package rsm

import "time"

// askQueue is a pipeline's questions of one level. A question changes nothing,
// so it may be asked as often as it takes.
type askQueue struct {
	waiting deque[pending]
	flights []*flight
	flying  int // questions in flights
}

func (q *askQueue) outstanding() int { return q.waiting.len() + q.flying }

func (p *Pipeline) flushAsks(level Level) {
	q := &p.asks[level]
	for len(q.flights) < p.cfg.Flights && q.waiting.len() > 0 {
		p.sendQuestions(level)
	}
}

// sendQuestions fills one message. What any replica can answer goes to all in
// turn.
func (p *Pipeline) sendQuestions(level Level) {
	q := &p.asks[level]
	f := p.newFlight(p.target())
	if f.level = level; level == Serializable {
		f.to = p.servers[f.id%uint64(len(p.servers))]
	}
	var batch []byte
	n, size := q.count(p.cfg.MaxMessage)
	batch = make([]byte, 0, size)
	for _, it := range q.waiting.all()[:n] {
		batch = appendQuestion(batch, it.body)
	}
	f.asks = append(make([]pending, 0, n), q.waiting.all()[:n]...)
	q.waiting.drop(n)
	q.flying += n
	q.flights = append(q.flights, f)
	p.env.SendEarly(f.to, &Questions{ID: f.id, Level: level, Batch: batch}) // early: it promises nothing
}

// count returns how many questions fill a message, and its size in bytes.
func (q *askQueue) count(limit int) (n, size int) {
	for _, it := range q.waiting.all() {
		if size >= limit {
			break
		}
		n, size = n+1, size+lengthSize+len(it.body)
	}
	return n, size
}

func (p *Pipeline) onAnswers(m *Answers) {
	for level := range p.asks {
		q := &p.asks[level]
		for i, f := range q.flights {
			if f.id == m.ID {
				q.flights = append(q.flights[:i], q.flights[i+1:]...)
				q.answer(f, m.Batch)
				return
			}
		}
	}
}

// answer hands the answers out. What was put off, or is missing, is asked again.
func (q *askQueue) answer(f *flight, batch []byte) {
	q.flying -= len(f.asks)
	var back []pending
	for _, it := range f.asks {
		code, answer, rest, err := nextAnswer(batch)
		if err != nil {
			code = CodeOf(ErrBusy)
		}
		batch = rest
		switch err := code.Err(); err {
		case nil:
			it.done(answer, nil)
		case ErrBusy:
			back = append(back, it)
		default:
			it.done(nil, err)
		}
	}
	q.putBack(back)
}

func (q *askQueue) takeBack(f *flight, err error) {
	q.flying -= len(f.asks)
	if err != ErrRefused {
		q.putBack(f.asks)
		return
	}
	for _, it := range f.asks {
		it.done(nil, err)
	}
}

// putBack puts questions in front of those that wait.
func (q *askQueue) putBack(back []pending) {
	if len(back) == 0 {
		return
	}
	waiting := q.waiting.all()
	q.waiting = deque[pending]{room: append(append(make([]pending, 0, len(back)+len(waiting)), back...), waiting...)}
}

// giveUp ends what waited too long.
func (q *askQueue) giveUp(now time.Duration, err error) {
	for q.waiting.len() > 0 && q.waiting.at(0).deadline <= now {
		done := q.waiting.at(0).done
		q.waiting.drop(1)
		done(nil, err)
	}
}
