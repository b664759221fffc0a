package rsm

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// maxAnswers is when the questions that are left are put off, in bytes of the
// answers so far.
const maxAnswers = 4 << 20

// onQuestions answers all questions of a message from one state: the level is
// proved once for all of them.
func (r *Replica) onQuestions(from node.Addr, m *Questions) {
	switch {
	case m.Level > Serializable:
		r.refuse(from, m.ID, ErrRefused)
		return
	case m.Level < Serializable && !r.Leading():
		r.refuse(from, m.ID, ErrNotLeader)
		return
	}
	r.Read(m.Level, func(err error) {
		if err != nil {
			r.refuse(from, m.ID, err)
			return
		}
		answers, err := r.answers(m.Batch)
		if err != nil {
			r.refuse(from, m.ID, ErrRefused)
			return
		}
		// Early: the state that answered is committed, by as many disks as it
		// takes.
		r.env.SendEarly(from, &Answers{ID: m.ID, Batch: answers})
	})
}

func (r *Replica) answers(batch []byte) ([]byte, error) {
	b := make([]byte, 0, r.answered)
	for len(batch) > 0 {
		question, rest, err := nextQuestion(batch)
		if err != nil {
			return nil, err
		}
		batch = rest
		if len(b) > maxAnswers {
			b = appendAnswer(b, CodeOf(ErrBusy), nil)
			continue
		}
		b = r.answer(b, question)
	}
	// The next message's answers will be about as long.
	r.answered = len(b) + len(b)/8
	return b, nil
}

func (r *Replica) answer(b, question []byte) []byte {
	q, err := wire.UnmarshalAlias(question)
	if err != nil {
		return appendAnswer(b, CodeOf(ErrRefused), nil)
	}
	answer := r.machine.Query(q)
	return appendAnswer(b, 0, func(b []byte) ([]byte, error) { return wire.Append(b, answer) })
}
