package rpctest

import (
	"bytes"
	"fmt"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// meter listens to a world.
type meter struct {
	to   *trace.Recorder
	last trace.ID
	// requests and replies are how many left, by call.
	requests, replies map[rpc.XID]int
	late              int                // copies that were refused as such
	ops               map[rpc.XID]uint64 // which operation a call is about
	// same demands that all answers to one call say the same (I4 of rpc).
	same    bool
	answers map[rpc.XID]*rpc.Reply
	err     error
	// hear, if not nil, is called for every event.
	hear func(*trace.Event)
}

func newMeter(to *trace.Recorder) *meter {
	return &meter{to: to, requests: map[rpc.XID]int{}, replies: map[rpc.XID]int{}, ops: map[rpc.XID]uint64{}, answers: map[rpc.XID]*rpc.Reply{}}
}

// Record implements sim.Observer.
func (m *meter) Record(e trace.Event) trace.ID {
	m.last++
	if m.to != nil {
		m.last = m.to.Record(e)
	}
	if m.hear != nil {
		m.hear(&e)
	}
	if e.Kind != trace.Send {
		return m.last
	}
	switch d := e.Detail.(type) {
	case *rpc.Request:
		m.requests[d.ID]++
		m.about(d)
	case *rpc.Reply:
		m.replies[d.ID]++
		if d.Status == rpc.Discarded {
			m.late++
		}
		m.compare(d)
	}
	return m.last
}

// compare objects to an answer that is not the first one. That a copy came too
// late, or that there was no room for it, is no answer to the call.
func (m *meter) compare(r *rpc.Reply) {
	if !m.same || r.Status == rpc.Discarded || r.Status == rpc.Overloaded {
		return
	}
	first := m.answers[r.ID]
	if first == nil {
		m.answers[r.ID] = r
		return
	}
	if m.err == nil && (first.Status != r.Status || !bytes.Equal(first.Result, r.Result)) {
		m.err = fmt.Errorf("one answer: call %v was answered %v %x, and then %v %x", r.ID, first.Status, first.Result, r.Status, r.Result)
	}
}

// about takes down which operation a call is about, if it is about the books.
func (m *meter) about(r *rpc.Request) {
	var o Op
	if _, known := m.ops[r.ID]; known || wire.UnmarshalBody(r.Args, &o) != nil {
		return
	}
	m.ops[r.ID] = o.ID
}
