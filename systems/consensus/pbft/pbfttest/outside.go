package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Outside has one replica leave the view alone, and uses the doors of its host.
var Outside = rsmtest.Aim{
	System: "pbft", Name: "outside", Hosts: "4",
	Question: `Can clients use a host whose replica has left the view alone? What d says is lost for a while, so that it suspects the primary; the others, who lack
nothing, stay. d must accept nothing in their view any more, and one replica must not move three. Links are slow: a read takes longer than a replica of
package rsm waits before it asks again. Reads and writes at d must take no more than three times as long as at b, and the
others' view must stay.`,
	Canon:     []string{"pbft.viewchange.liveness-without-thrashing", "pbft.viewchange.request-and-ack"},
	Sometimes: []string{"d is outside"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		t.Config.Hosts = rsmtest.Names(4)
		t.Load.Clients, t.Duration = 0, 100*time.Millisecond // the script is the load
		delay := k.Duration("delay", 2*time.Millisecond, 60*time.Millisecond)
		t.Config.Sim.Link.Delay = sim.Uniform(delay, delay+delay/4)
		t.Config.Sim.Fsync = sim.Uniform(100*time.Microsecond, k.Duration("fsync", time.Millisecond, 20*time.Millisecond))
		t.Config.RSM.RetryAfter = k.Duration("retry-after", 20*time.Millisecond, 300*time.Millisecond)
		t.Config.Engine = func(members []node.Addr) rsm.Engine {
			return pbft.New(pbft.Config{Members: members, Worthwhile: 1})
		}
		t.Script = leaveAlone
	},
}.Register()

// leaveAlone has d leave, and compares its door with b's.
func leaveAlone(t *rsmtest.Trial) error {
	s := &rsmtest.Stage{T: t}
	s.Execute("b", 1<<50)
	digest := func(host string) uint64 { return t.Cluster.Replica(host).Digest() }
	s.Until("d lacks nothing", func() bool { return digest("d") == digest("b") }) // who lags blames nobody else
	s.OneWay("d", "a,b,c")
	lost := s.Propose("d", 1<<50+1)
	view := func(host string) (pbft.View, bool) {
		return t.Cluster.Replica(host).Engine().(*pbft.Engine).View()
	}
	s.Until("d leaves", func() bool { v, _ := view("d"); return v > 0 })
	s.Mend()
	s.Until("what d lost is executed", func() bool { return lost.Done })
	s.Run(300 * time.Millisecond) // they hear where d is
	usual, outside := doors(s, "b", 1<<51), doors(s, "d", 1<<52)
	if s.Err != nil {
		return s.Err
	}
	_, active := view("d")
	others, _ := view("a")
	t.Marks.Sometimes("d is outside", !active)
	t.Stats["inside ms"], t.Stats["outside ms"] = float64(usual)/1e6, float64(outside)/1e6
	switch {
	case others != 0:
		return fmt.Errorf("one replica has moved the others to view %d", others)
	case active:
		return fmt.Errorf("d takes part again in a view that it has left")
	case outside > 3*usual:
		return fmt.Errorf("five writes and reads take %v at the host outside, and %v at another", outside, usual)
	}
	return nil
}

// doors makes five writes and five reads at a host, one after the other.
func doors(s *rsmtest.Stage, host string, id uint64) time.Duration {
	began := s.World().Now()
	for i := range uint64(5) {
		s.Execute(host, id+i)
		readAt(s, host)
	}
	return s.World().Now() - began
}

// readAt has a host make a linearizable read, and waits for it.
func readAt(s *rsmtest.Stage, host string) {
	if s.Err != nil {
		return
	}
	done := false
	s.T.Cluster.Do(host, func(r *rsm.Replica) {
		r.Read(rsm.Linearizable, func(err error) { done = err == nil })
	})
	s.Until("a read at "+host, func() bool { return done })
}
