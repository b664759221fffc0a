package live

import (
	"log/slog"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// steps knows which event of its node the present one is: the cause of what
// follows. A step of which nothing comes, such as somebody's look at the node,
// is not told, unless it is a message's arrival or a start.
//
// Owner: the loop.
type steps struct {
	tracer  *Tracer // nil if nobody wants to know
	self    node.Addr
	now     trace.ID
	waiting *trace.Event // the present step, while nothing has come of it
	spare   trace.Event
}

// begin makes e the present step.
func (s *steps) begin(kind trace.Kind, cause trace.ID) {
	if s.tracer == nil {
		return
	}
	s.spare = trace.Event{Kind: kind, Place: s.self, Cause: cause}
	s.now, s.waiting = 0, &s.spare
	if kind == trace.Start {
		s.cause()
	}
}

// receive makes the arrival of a message the present step.
func (s *steps) receive(e *event) {
	s.waiting = nil
	s.now = s.tracer.to.Record(trace.Event{
		Kind: trace.Receive, Place: s.self, Peer: e.from, What: trace.TypeName(e.m), Detail: e.m, Cause: e.cause,
	})
}

// dispatch is begin for what came from the mailbox.
func (s *steps) dispatch(e *event) {
	switch {
	case s.tracer == nil:
	case e.do != nil:
		s.begin(trace.Step, 0)
	case e.run != nil:
		s.begin(trace.Complete, e.cause)
	default:
		s.receive(e)
	}
}

// cause returns the present step, for what comes of it; zero if nobody wants to
// know.
func (s *steps) cause() trace.ID {
	if s.waiting != nil {
		s.now = s.tracer.to.Record(*s.waiting)
		s.waiting = nil
	}
	return s.now
}

// sends records a message as it leaves the node's hands, and makes that its
// cause.
func (s *steps) sends(m *message) {
	if s.tracer != nil {
		m.cause = s.tracer.to.Record(trace.Event{
			Kind: trace.Send, Place: s.self, Peer: m.to, What: trace.TypeName(m.m), Detail: m.m, Cause: m.cause,
		})
	}
}

func (s *steps) appends(stream string, lsn node.LSN, size int) {
	if s.tracer != nil {
		s.tracer.to.Record(trace.Event{Kind: trace.Append, Place: s.self, What: stream, Cause: s.cause(),
			Detail: []slog.Attr{slog.Uint64("lsn", uint64(lsn)), slog.Int("bytes", size)}})
	}
}

func (s *steps) note(text string, attrs []slog.Attr) {
	if s.tracer != nil {
		s.tracer.to.Record(trace.Event{Kind: trace.Note, Place: s.self, What: text, Detail: attrs, Cause: s.cause()})
	}
}
