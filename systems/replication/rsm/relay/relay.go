package relay

import (
	"bytes"
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/pull"
)

// Relay is a replica's history, what of it is executed, and its way to and from
// others. An engine embeds it.
type Relay struct {
	Env    node.Env
	App    rsm.Applier
	Limits Limits
	// Engine is the name of what embeds the relay. It stands on the disk.
	Engine string
	// Appended, Executed and Cut, if not nil, follow the history: an entry was
	// added, one was executed, those behind an index are gone.
	Appended, Executed func(i rsm.Index, e *Entry)
	Cut                func(after rsm.Index)

	history  history
	commit   rsm.Index
	applied  rsm.Index
	applying bool
	durable  rsm.Index // how far the history is on disk here
	writing  []writing
	cuts     uint64 // counts cuts, after which earlier writes say nothing

	held            []*Update     // came too early, in order
	from            node.Addr     // whom a checkpoint is pulled from
	asked           time.Duration // when a piece of it was last asked for
	puller          pull.Puller
	server          pull.Server
	checkpoints     *rsm.Snapshots
	sinceCheckpoint int64
	checkpointing   bool
}

// maxHeld bounds the Updates that wait for those before them.
const maxHeld = 64

// Open reads back what outlived the last incarnation and hands the newest
// checkpoint to the applier. It returns the engine's mark, nil if there is none.
func (r *Relay) Open() (mark []byte, err error) {
	h := &r.history
	h.stream = r.Env.Log(streamName)
	if err := h.replay(); err != nil {
		return nil, err
	}
	if r.checkpoints, err = rsm.OpenSnapshots(r.Env); err != nil {
		return nil, err
	}
	r.puller = pull.Puller{Env: r.Env, Checkpoints: r.checkpoints}
	r.server = pull.Server{Env: r.Env, Checkpoints: r.checkpoints, Chunk: r.Limits.CheckpointChunk}
	newest := r.checkpoints.Newest()
	if h.base > newest.Index {
		return nil, fmt.Errorf("relay: the history begins behind %d, and the newest checkpoint reflects %d", h.base, newest.Index)
	}
	if newest.Index > 0 {
		if err := r.restore(newest); err != nil {
			return nil, err
		}
	}
	r.durable = h.last()
	if h.mark == nil {
		return nil, nil
	}
	engine, mark, _ := bytes.Cut(h.mark, []byte{0})
	if string(engine) != r.Engine {
		return nil, fmt.Errorf("relay: stream %q was written by the engine %q, and this is %q", streamName, engine, r.Engine)
	}
	return mark, nil
}

// Mark keeps a note of the engine's across crashes: the latest one counts.
func (r *Relay) Mark(mark []byte) {
	r.history.mark = append(append([]byte(r.Engine), 0), mark...)
	r.history.saveMark()
}

// Last returns the index of the last entry held here.
func (r *Relay) Last() rsm.Index { return r.history.last() }

// Committed returns what is known here to be committed; it is executed, too,
// unless that is going on.
func (r *Relay) Committed() rsm.Index { return r.commit }

// Applying tells whether commands are being executed.
func (r *Relay) Applying() bool { return r.applying }

// Durable returns how far the history is on this replica's disk.
func (r *Relay) Durable() rsm.Index { return r.durable }

// Fitted returns the latest epoch in which the history was fitted to another's.
func (r *Relay) Fitted() Epoch { return r.history.fitted }

// History returns the entries as far as they are held: entries[i] has index
// base+1+i. For checkers; they must not be changed.
func (r *Relay) History() (base rsm.Index, entries []Entry) {
	return r.history.base, r.history.entries
}

// Status fills in what a relay knows.
func (r *Relay) Status() rsm.Status {
	s := rsm.Status{
		Self: r.Env.Self(), Committed: r.commit, Applied: r.applied, Last: r.Last(), LogBytes: r.history.bytes,
	}
	if r.checkpoints != nil {
		s.Snapshot = r.checkpoints.Newest().Index
	}
	return s
}

// Order adds a command at the end of the history, of which this replica is the
// author, and runs written once it is durable here.
func (r *Relay) Order(e Epoch, command []byte, written func()) rsm.Index {
	r.add(Entry{Epoch: e, Data: command})
	r.AwaitDisk(written)
	return r.Last()
}

// Uncommitted returns the size of what is held and not committed, in bytes, as
// far as that is cheap to say: the bound is soft.
func (r *Relay) Uncommitted() int64 {
	if r.commit == r.Last() || len(r.history.entries) == 0 {
		return 0
	}
	return r.history.bytes * int64(r.Last()-r.commit) / int64(len(r.history.entries))
}

func (r *Relay) add(e Entry) {
	r.history.append(e)
	if r.Appended != nil {
		r.Appended(r.Last(), r.history.at(r.Last()))
	}
}

// AwaitDisk runs written once the history as it is now is durable here, unless it
// is cut before.
func (r *Relay) AwaitDisk(written func()) {
	r.writing = append(r.writing, writing{r.Last(), r.cuts, r.Env.Elapsed()})
	r.Env.Durable(func() {
		w := r.writing[0]
		r.writing = r.writing[1:]
		if w.cuts != r.cuts {
			return
		}
		r.durable = max(r.durable, w.last)
		written()
	})
}

// writing is an end of the history whose sync is awaited.
type writing struct {
	last  rsm.Index
	cuts  uint64
	since time.Duration
}

// DiskWorks tells whether no sync here has been waited for longer than that: whoever
// watches this replica by its signs of life need not mind a disk that takes its time.
func (r *Relay) DiskWorks(patience time.Duration) bool {
	return len(r.writing) == 0 || r.Env.Elapsed()-r.writing[0].since <= patience
}

// CommitTo raises what is committed, which never goes back (I4), and executes it.
// The applier may submit, but that commits nothing before this returns.
func (r *Relay) CommitTo(i rsm.Index) {
	if i > r.Last() {
		panic(fmt.Sprintf("relay: commit %d, and the history ends at %d", i, r.Last()))
	}
	r.commit = max(r.commit, i)
	if r.applying {
		return
	}
	r.applying = true
	for r.applied < r.commit {
		r.applied++
		e := r.history.at(r.applied)
		r.sinceCheckpoint += e.size()
		r.App.Apply(r.applied, e.Data)
		if r.Executed != nil {
			r.Executed(r.applied, e)
		}
	}
	r.applying = false
	r.maybeCheckpoint()
}
