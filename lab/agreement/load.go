package agreement

import (
	"fmt"
	"maps"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Loaded is what operations cost when many are under way.
type Loaded struct {
	// Batch is how many operations share a place in the order.
	Batch float64
	// Messages cross links for a batch; Bytes for an operation, of which Busiest leave
	// the host that sends most.
	Messages, Bytes, Busiest float64
}

const (
	outstanding = 64
	warm        = 1000 // operations before it counts
	counted     = 4000
)

// UnderLoad measures writes of which 64 are always under way, all of them asked for at
// the host that orders commands.
func (p Protocol) UnderLoad(n int) (Loaded, error) {
	b, err := newBench(p, n, hop)
	if err != nil {
		return Loaded{}, err
	}
	defer b.World.Close()
	l := &loader{total: warm + counted + outstanding}
	b.Do(b.leader, func(r *rsm.Replica) {
		for range outstanding {
			l.ask(r)
		}
	})
	at := func(done int) (traffic, rsm.Index, time.Duration) {
		b.World.RunUntil(func() bool { return l.done >= done || l.err != nil }, time.Minute)
		return b.seen.copy(), b.Replica(b.leader).Status().Last, b.World.Now()
	}
	before, first, began := at(warm)
	after, last, ended := at(warm + counted)
	if l.err != nil || l.done < warm+counted {
		return Loaded{}, fmt.Errorf("agreement: %s of %d under load: %d operations were done: %w", p.Name, n, l.done, l.err)
	}
	b.World.Run(time.Second)
	idleFrom := b.seen.copy()
	b.World.Run(10 * time.Second)
	sent, idle := after.since(before), b.seen.since(idleFrom)
	share := (ended - began).Seconds() / 10
	return Loaded{
		Batch:    counted / float64(last-first),
		Messages: (float64(sent.messages) - share*float64(idle.messages)) / float64(last-first),
		Bytes:    (float64(sent.bytes) - share*float64(idle.bytes)) / counted,
		Busiest:  float64(sent.busiest()) / counted,
	}, nil
}

// loader asks for the next write as soon as one is done.
type loader struct {
	asked, done, total int
	err                error
}

func (l *loader) ask(r *rsm.Replica) {
	l.asked++
	command, err := wire.AppendBody(nil, &rsmtest.Op{ID: uint64(l.asked), Verb: 1, Key: key, Pad: make([]byte, value)})
	if err != nil {
		l.err = err
		return
	}
	r.Propose(command, func(_ []byte, err error) {
		l.done++
		if err != nil {
			l.err = err
		} else if l.asked < l.total {
			l.ask(r)
		}
	})
}

func (t *traffic) copy() traffic {
	c := *t
	c.from = maps.Clone(t.from)
	return c
}

// busiest is what the host sent that sent most, in bytes.
func (t traffic) busiest() (most int) {
	for _, bytes := range t.from { //parley:unordered the greatest is the same in any order
		most = max(most, bytes)
	}
	return most
}
