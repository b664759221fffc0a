package vrtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Leadership crashes leaders of both protocols at the same moments.
var Leadership = versus{
	name: "leadership", hosts: "5",
	question: `What moves when a leader is replaced? The same crashes under Raft and under viewstamped replication: two
of five replicas, drawn by the seed, miss the last writes, and then the leader crashes. In Raft entries flow from
leaders only and who lacks a committed entry is not elected, so nothing has to be fetched. In viewstamped
replication it is the next one's turn, whoever that is: a primary that lacks entries fetches them during the
change of view. No committed operation is lost in either. The figures are means over the changes.`,
	canon:     []string{"vr.vs-raft.leadership", "vr.viewchange.state-from-quorum"},
	sometimes: []string{"a new primary lacked committed entries"},
	setUp: func(t *rsmtest.Trial) {
		t.Config.Hosts = rsmtest.Names(5)
		t.Config.Sim.Link.Delay = sim.Uniform(500*time.Microsecond, 1500*time.Microsecond)
		t.Config.Sim.Fsync = sim.Constant(100 * time.Microsecond)
	},
	play: replaceLeaders,
	judge: func(raft, vr map[string]float64, m *experiment.Marks) error {
		m.Sometimes("a new primary lacked committed entries", vr[lackedFigure] > 0)
		switch {
		case raft[lackedFigure] > 0 || raft[fetchedFigure] > 0:
			return fmt.Errorf("leaders of Raft lacked committed entries in %v of the changes, and got %v bytes of entries", raft[lackedFigure], raft[fetchedFigure])
		case vr[lackedFigure] > 0 && vr[fetchedFigure] == 0:
			return fmt.Errorf("new primaries lacked committed entries in %v of the changes, and fetched none", vr[lackedFigure])
		}
		return nil
	},
}.register()

const (
	lackedFigure  = "new leader lacked committed entries, share"
	fetchedFigure = "entries sent to the new leader, bytes"
	changes       = 4
	burst         = 20
)

func replaceLeaders(s *rsmtest.Stage, figures map[string]float64) error {
	k := sim.NewKnobs(s.T.Seed)
	traffic := watchTraffic(s)
	id := uint64(0)
	for n := range changes {
		old := s.Calm()
		id++
		s.Execute(old, id)
		s.Run(2 * timeout)
		lag := laggards(k, n, s.T.Config.Hosts, old)
		s.Cut(lag, others(s.T.Config.Hosts, lag))
		var writes []*rsmtest.Outcome
		for range burst {
			id++
			writes = append(writes, s.Propose(old, id))
		}
		s.Until("the writes are executed", func() bool { return writes[burst-1].Done })
		committed, held := s.T.Cluster.Replica(old).Status().Committed, lengths(s)
		traffic.reset()
		crashed := s.World().Now()
		s.Crash(old)
		s.Mend()
		s.Until("another leads", func() bool { return s.T.Cluster.Leader() != "" })
		next := s.T.Cluster.Leader()
		figures[fetchedFigure] += traffic.entriesTo[next] / changes
		id++
		s.Execute(next, id)
		if s.Err != nil {
			return s.Err
		}
		if held[next] < committed {
			figures[lackedFigure] += 1. / changes
		}
		figures["first new commit after, in timeouts"] += float64(s.World().Now()-crashed) / float64(timeout) / changes
		figures["messages"] += traffic.messages / changes
		figures["bytes"] += traffic.bytes / changes
		s.Restart(old)
	}
	return s.Err
}

// laggards draws two hosts besides the leader.
func laggards(k *sim.Knobs, n int, hosts []string, leader string) string {
	followers := strings.Split(others(hosts, leader), ",")
	first := k.Int(fmt.Sprint("laggard ", n), 0, len(followers)-1)
	second := (first + k.Int(fmt.Sprint("and ", n), 1, len(followers)-1)) % len(followers)
	return followers[first] + "," + followers[second]
}

// others returns the hosts that are not named, with commas.
func others(hosts []string, named string) string {
	var rest []string
	for _, h := range hosts {
		if !strings.Contains(","+named+",", ","+h+",") {
			rest = append(rest, h)
		}
	}
	return strings.Join(rest, ",")
}

// lengths returns how far each running replica's log goes.
func lengths(s *rsmtest.Stage) map[string]rsm.Index {
	held := map[string]rsm.Index{}
	for _, h := range s.T.Config.Hosts {
		if r := s.T.Cluster.Replica(h); r != nil {
			held[h] = r.Status().Last
		}
	}
	return held
}

// traffic counts what is sent.
type traffic struct {
	messages, bytes float64
	entriesTo       map[string]float64 // bytes, by host
}

func (c *traffic) reset() { *c = traffic{entriesTo: map[string]float64{}} }

func watchTraffic(s *rsmtest.Stage) *traffic {
	c := &traffic{}
	c.reset()
	s.T.Notes.Hear = func(e *trace.Event) {
		if e.Kind == trace.Send && e.Detail != nil {
			c.count(e.Peer, e.Detail)
		}
	}
	return c
}

func (c *traffic) count(to node.Addr, m any) {
	size := float64(wire.Size(m))
	c.messages++
	c.bytes += size
	carries := false
	switch m := m.(type) {
	case *raft.AppendEntries:
		carries = len(m.Entries) > 0
	case *vr.Prepare:
		carries = len(m.Entries) > 0
	case *vr.NewState:
		carries = len(m.Entries) > 0
	}
	if carries {
		c.entriesTo[to.Host()] += size
	}
}
