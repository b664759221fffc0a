package trace

import (
	"iter"
	"time"

	"github.com/parleysystems/parley/node"
)

// Recorder keeps the events of one run. It belongs to the goroutine that runs
// the world; a finished recording may be read by many.
type Recorder struct {
	limit  int // 0: all
	chunks [][]record
	next   ID // of the event recorded next
	names  interner
	last   map[uint32]ID // newest event at each place
}

// record is an Event in 64 bytes; its ID follows from its position.
type record struct {
	prev, cause       ID
	at                time.Duration
	place, peer, what uint32
	kind              Kind
	detail            any
}

// chunkLen bounds what growing has to allocate at once, so that a long
// recording is never copied.
const chunkLen = 4096

// NewRecorder returns an empty Recorder. It keeps the newest limit events, or
// all of them if limit is zero.
func NewRecorder(limit int) *Recorder {
	if limit < 0 {
		panic("trace: negative limit")
	}
	return &Recorder{limit: limit, next: 1, last: map[uint32]ID{}}
}

// Record adds an event, sets its ID and Prev, and returns the ID. A Cause that
// is not an earlier event is a bug of the caller and panics.
func (r *Recorder) Record(e Event) ID {
	if e.Cause >= r.next {
		panic("trace: an event cannot be caused by a later one") // I1
	}
	place := r.names.intern(string(e.Place))
	slot := r.slot(r.next)
	*slot = record{
		prev: r.last[place], cause: e.Cause, at: e.At,
		place: place, peer: r.names.intern(string(e.Peer)), what: r.names.intern(e.What),
		kind: e.Kind, detail: e.Detail,
	}
	r.last[place] = r.next
	r.next++
	return r.next - 1
}

// Last returns the newest event at a place, or zero.
func (r *Recorder) Last(place node.Addr) ID {
	id, ok := r.names.index[string(place)]
	if !ok {
		return 0
	}
	return r.last[id]
}

// Len returns the number of events recorded, kept or not.
func (r *Recorder) Len() int { return int(r.next - 1) }

// First returns the ID of the oldest event kept; it exceeds Len if none is.
func (r *Recorder) First() ID {
	if r.limit > 0 && r.next > ID(r.limit)+1 {
		return r.next - ID(r.limit)
	}
	return 1
}

// Event returns the event of that ID, and whether it is kept.
func (r *Recorder) Event(id ID) (Event, bool) {
	if id < r.First() || id >= r.next {
		return Event{}, false
	}
	rec := r.slot(id)
	return Event{
		ID: id, Prev: rec.prev, Cause: rec.cause, At: rec.at, Kind: rec.kind,
		Place: node.Addr(r.names.text[rec.place]), Peer: node.Addr(r.names.text[rec.peer]),
		What: r.names.text[rec.what], Detail: rec.detail,
	}, true
}

// Events yields what is kept, oldest first.
func (r *Recorder) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for id := r.First(); id < r.next; id++ {
			if e, _ := r.Event(id); !yield(e) {
				return
			}
		}
	}
}

// slot returns the place of an event that is kept or about to be.
func (r *Recorder) slot(id ID) *record {
	i := int(id - 1)
	if r.limit > 0 {
		i %= r.limit
	}
	c, n := i/chunkLen, i%chunkLen
	if c == len(r.chunks) {
		r.chunks = append(r.chunks, make([]record, chunkLen))
	}
	return &r.chunks[c][n]
}

// interner gives each distinct string a small number. Number zero is "".
type interner struct {
	index map[string]uint32
	text  []string
}

func (in *interner) intern(s string) uint32 {
	if in.index == nil {
		in.index, in.text = map[string]uint32{"": 0}, []string{""}
	}
	if id, ok := in.index[s]; ok {
		return id
	}
	id := uint32(len(in.text))
	in.index[s], in.text = id, append(in.text, s)
	return id
}
