package snapshot

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// recording is a snapshot under way at one member.
type recording struct {
	id       ID
	state    []byte     // of the process, at the cut
	incoming []incoming // by place; the own one has what was sent to oneself
	missing  int        // markers to come
	bytes    int
	patience node.Timer // in case that its initiator is no more
}

// incoming is a channel to this member.
type incoming struct {
	recording bool // no marker has come
	messages  [][]byte
}

// nobody is the channel of the first marker for whoever began.
const nobody = -1

// record records the state of the process, and sends the markers in the same
// event: nothing that the process sends comes between (section 3, Marker-Sending
// Rule). first is where the marker came from.
func (l *Layer) record(id ID, first int) *recording {
	r := &recording{id: id, state: l.process.Snapshot(), incoming: make([]incoming, len(l.cfg.Members))}
	for from := range r.incoming {
		//parley:rule chandylamport.propagate.first-and-later-markers value=from!=l.self
		if from != l.self && from != first {
			r.incoming[from].recording = true
			r.missing++
		}
	}
	r.patience = l.env.Timer(func() { l.refuse(id, fmt.Sprintf("%s waited too long for markers", l.env.Self())) })
	r.patience.Reset(2 * l.cfg.Patience)
	l.open = append(l.open, r)
	l.mark(id)
	if r.bytes = len(r.state); r.bytes > l.cfg.Bytes {
		l.refuse(id, fmt.Sprintf("the state of %s has %d bytes, more than %d", l.env.Self(), r.bytes, l.cfg.Bytes))
	}
	r.incoming[l.self].recording = true
	for _, m := range l.own {
		l.keep(r, l.self, m)
	}
	r.incoming[l.self].recording = false
	return r
}

// mark sends a marker to everybody, in the channels: what is sent before it is
// received before it (I1).
func (l *Layer) mark(id ID) {
	//parley:rule chandylamport.initiate.record-then-mark chandylamport.cut.causally-closed value=l.direct
	send := l.post
	for to := range l.cfg.Members {
		if to != l.self {
			send(to, &Marker{ID: id})
		}
	}
}

// marker handles a marker (section 3, Marker-Receiving Rule).
func (l *Layer) marker(from int, id ID) {
	if id.Initiator < 0 || id.Initiator >= len(l.cfg.Members) || slices.Contains(l.over, id) {
		return
	}
	r := l.find(id)
	switch {
	case r != nil && r.incoming[from].recording:
		r.incoming[from].recording = false
		r.missing--
	case r == nil && len(l.open) >= l.cfg.Open:
		l.refuse(id, fmt.Sprintf("%s has %d under way", l.env.Self(), len(l.open)))
		return
	case r == nil && slices.Contains(l.lost, true):
		l.refuse(id, fmt.Sprintf("%s lacks the channel of a member that came back without its past", l.env.Self()))
		return
	case r == nil:
		r = l.record(id, from)
	}
	l.handIn(r)
}

func (l *Layer) find(id ID) *recording {
	for _, r := range l.open {
		if r.id == id {
			return r
		}
	}
	return nil
}

// keep copies a message into the state of its channel, from the cut of this
// member until the channel's own marker (I2).
func (l *Layer) keep(r *recording, from int, m node.Message) {
	in := &r.incoming[from]
	//parley:rule chandylamport.cut.message-inclusion value=!in.recording||r.missing<len(r.incoming)-2
	if !in.recording {
		return
	}
	b, err := wire.Marshal(m)
	if err != nil {
		l.refuse(r.id, fmt.Sprintf("%s cannot encode a message from member %d: %v", l.env.Self(), from, err))
		return
	}
	if r.bytes += len(b); r.bytes > l.cfg.Bytes {
		l.refuse(r.id, fmt.Sprintf("%s would record %d bytes, more than %d", l.env.Self(), r.bytes, l.cfg.Bytes))
		return
	}
	in.messages = append(in.messages, b)
}

// handIn sends the member's part to the initiator, once a marker has come on
// every channel (I3).
func (l *Layer) handIn(r *recording) {
	//parley:rule chandylamport.terminate.all-markers-in force=false
	if r.missing > 0 || !slices.Contains(l.open, r) {
		return
	}
	l.close(r.id)
	//parley:rule chandylamport.propagate.first-and-later-markers chandylamport.use.checkpoint-and-stable-properties value=l.process.Snapshot()
	state := r.state
	part := Part{Process: l.self, State: state}
	//parley:rule chandylamport.state.processes-and-channels drop
	part.Channels = r.channels()
	h := &HandIn{ID: r.id, Part: part}
	if r.id.Initiator == l.self {
		l.collect(l.self, h)
		return
	}
	l.post(r.id.Initiator, h)
}

// channels returns what was recorded.
func (r *recording) channels() (out []Channel) {
	for from, in := range r.incoming {
		if len(in.messages) > 0 {
			out = append(out, Channel{From: from, Messages: in.messages})
		}
	}
	return out
}

// mostOver bounds how many snapshots are remembered as over. A marker of one that
// was forgotten begins a recording that its initiator then ends.
const mostOver = 256

// close ends a recording.
func (l *Layer) close(id ID) {
	if r := l.find(id); r != nil {
		r.patience.Stop()
		l.open = slices.DeleteFunc(l.open, func(o *recording) bool { return o == r })
	}
	if !slices.Contains(l.over, id) {
		l.over = append(l.over, id)
	}
	if len(l.over) > mostOver {
		l.over = l.over[1:]
	}
	l.release()
}

func attr(key string, value any) slog.Attr { return slog.Any(key, value) }
