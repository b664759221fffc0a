package agreement

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Cost is what an operation takes in a group without faults: the mean over many,
// one after the other, less what the group sends while nobody asks.
type Cost struct {
	// Rounds is the time from the question to the answer, in delays of one link,
	// asked at the host that orders commands.
	Rounds float64
	// Messages and Bytes cross links between hosts.
	Messages, Bytes float64
}

const (
	hop     = time.Millisecond
	instant = time.Microsecond // a sync that costs nothing beside a hop
	settle  = 5 * time.Second  // until a group has begun and is at rest
	many    = 100
	value   = 256 // bytes that a write carries
	key     = "k"
)

// traffic counts what crosses links, and the bytes by who sent them.
type traffic struct {
	messages, bytes int
	from            map[string]int
}

// Record implements sim.Observer.
func (t *traffic) Record(e trace.Event) trace.ID {
	if e.Kind == trace.Send && e.Place.Host() != e.Peer.Host() {
		size := wire.Size(e.Detail)
		t.messages++
		t.bytes += size
		t.from[e.Place.Host()] += size
	}
	return 0
}

// bench is a group that has come to rest.
type bench struct {
	*rsmtest.Cluster
	seen   *traffic
	leader string
}

// newBench makes one, whose disks take so long for a sync. The caller closes its world.
func newBench(p Protocol, n int, sync time.Duration) (*bench, error) {
	t := &rsmtest.Trial{Seed: 1, Config: rsmtest.Options{Hosts: rsmtest.Names(n)}, Notes: rsmtest.Listen(nil)}
	p.into(t)
	b := &bench{seen: &traffic{from: map[string]int{}}}
	t.Config.Sim = sim.Config{
		Link: sim.Link{Delay: sim.Constant(hop)}, Local: sim.Constant(time.Microsecond), Fsync: sim.Constant(sync),
		Job: sim.Constant(time.Microsecond), Observer: b.seen,
	}
	t.Cluster = rsmtest.New(t.Seed, t.Config)
	b.Cluster = t.Cluster
	if t.Script != nil {
		if err := t.Script(t); err != nil {
			t.Cluster.World.Close()
			return nil, fmt.Errorf("agreement: %s of %d: %w", p.Name, n, err)
		}
	}
	b.World.Run(settle)
	if b.leader = b.Leader(); b.leader == "" {
		t.Cluster.World.Close()
		return nil, fmt.Errorf("agreement: %s of %d: nobody leads after %v", p.Name, n, settle)
	}
	return b, nil
}

// Writes measures writes of 256 bytes.
func (p Protocol) Writes(n int) (Cost, error) { return p.write(n, instant) }

// Delay is how long a write takes where a link takes a millisecond, and a sync another:
// what is synced one after the other before there is an answer.
func (p Protocol) Delay(n int) (time.Duration, error) {
	c, err := p.write(n, hop)
	return time.Duration(c.Rounds * float64(hop)), err
}

func (p Protocol) write(n int, sync time.Duration) (Cost, error) {
	return p.measure(n, sync, func(b *bench, i int, done func(error)) {
		command, err := wire.AppendBody(nil, &rsmtest.Op{ID: uint64(i) + 1, Verb: 1, Key: key, Pad: make([]byte, value)})
		if err != nil {
			done(err)
			return
		}
		b.Do(b.leader, func(r *rsm.Replica) { r.Propose(command, func(_ []byte, err error) { done(err) }) })
	})
}

// Reads measures reads at a level, asked of the host that orders commands or, for
// elsewhere, of another. All are of one object, which nobody writes
// meanwhile.
func (p Protocol) Reads(n int, level rsm.Level, elsewhere bool) (Cost, error) {
	return p.measure(n, instant, func(b *bench, _ int, done func(error)) {
		at := b.leader
		if elsewhere {
			at = b.other()
		}
		b.Do(at, func(r *rsm.Replica) { r.ReadOf(key, level, done) })
	})
}

// other returns a host that does not order commands, and is no tail either.
func (b *bench) other() string {
	all := b.Hosts()
	if h := all[len(all)/2]; h != b.leader {
		return h
	}
	return all[len(all)/2-1]
}

func (p Protocol) measure(n int, sync time.Duration, ask func(b *bench, i int, done func(error))) (Cost, error) {
	b, err := newBench(p, n, sync)
	if err != nil {
		return Cost{}, err
	}
	defer b.World.Close()
	one := func(i int) error {
		answered, failed := false, error(nil)
		ask(b, i, func(err error) { answered, failed = true, err })
		if !b.World.RunUntil(func() bool { return answered }, time.Minute) {
			return fmt.Errorf("agreement: %s of %d: no answer within a minute", p.Name, n)
		}
		return failed
	}
	for i := range 10 { // sessions, leases and caches come into being
		if err := one(i); err != nil {
			return Cost{}, err
		}
	}
	b.World.Run(time.Second)
	before, began := b.seen.copy(), b.World.Now()
	for i := range many {
		if err := one(10 + i); err != nil {
			return Cost{}, err
		}
	}
	took := b.World.Now() - began
	b.World.Run(time.Second) // what an answer leaves to be done belongs to it
	after := b.seen.since(before)
	idleFrom := b.seen.copy()
	b.World.Run(10 * time.Second)
	idle := b.seen.since(idleFrom)
	seconds := (took + time.Second).Seconds()
	return Cost{
		Rounds:   took.Seconds() / hop.Seconds() / many,
		Messages: (float64(after.messages) - seconds*float64(idle.messages)/10) / many,
		Bytes:    (float64(after.bytes) - seconds*float64(idle.bytes)/10) / many,
	}, nil
}

func (t *traffic) since(before traffic) traffic {
	d := traffic{t.messages - before.messages, t.bytes - before.bytes, map[string]int{}}
	for host, bytes := range t.from { //parley:unordered each by itself
		d.from[host] = bytes - before.from[host]
	}
	return d
}
