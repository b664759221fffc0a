package sim

import (
	"log/slog"
	"reflect"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// Observer is told of everything that happens in a world, in order, and gives
// each event its number. A *trace.Recorder is one.
type Observer interface {
	Record(e trace.Event) trace.ID
}

// tracing knows which event the present one is: the cause of what follows.
type tracing struct {
	w   *World
	to  Observer
	now trace.ID
}

// step records an event that others may be caused by.
func (t *tracing) step(e trace.Event) {
	if t.to != nil {
		e.At = t.w.Now()
		t.now = t.to.Record(e)
		t.inspect(t.w.find(e.Place))
	}
}

// inspect shows a node as it is before or after the present event.
func (t *tracing) inspect(s *service) {
	if t.w.config.Inspect != nil && s != nil && s.live != nil && t.now != 0 {
		t.w.config.Inspect(t.now, s.live.node)
	}
}

// effect records an event without consequences of its own.
func (t *tracing) effect(e trace.Event) trace.ID {
	if t.to == nil {
		return 0
	}
	e.At = t.w.Now()
	return t.to.Record(e)
}

func (t *tracing) note(at node.Addr, text string, attrs []slog.Attr) {
	if t.to != nil {
		t.effect(trace.Event{Kind: trace.Note, Place: at, What: text, Detail: attrs, Cause: t.now})
	}
}

func (t *tracing) stopped(h *Host, err error) {
	if t.to == nil {
		return
	}
	e := trace.Event{Kind: trace.Crash, Place: node.Addr(h.name), Cause: t.now}
	if err != nil {
		e.Kind, e.What = trace.Halt, err.Error()
	}
	t.effect(e)
}

// typeName names the type of a message as "raft.Vote".
func typeName(m node.Message) string {
	t := reflect.TypeOf(m)
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}

// disturb records that something was done to a host, or to the world if that
// is nil.
func (w *World) disturb(h *Host, what string) {
	place, index := trace.World, int32(-1)
	kind := trace.Fault
	if h != nil {
		place, index = node.Addr(h.name), h.index
		if what == "restart" {
			kind = trace.Restart
		}
	}
	w.count(place, index, disturbed, 0, hashString(what))
	if w.trace.to != nil {
		w.trace.step(trace.Event{Kind: kind, Place: place, What: what})
	}
}
