package quorumtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/replication/multimaster"
)

// Causal looks for an effect that is seen before its cause.
var Causal = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "causal", Hosts: "3",
	Question: `Does anybody see a reply before the message that it answers, when every site takes reads and writes by
itself? Six clients at three sites read and write five keys over links that lose and reorder, while sites crash and come
back. By half of the seeds the later of two writes wins everywhere, by half whichever a site took last. The judge of causal
consistency looks at what the clients saw; in the first case there must be one order of all writes, and all sites equal in the
end; in the second, sites may differ, and somewhere they do: they took concurrent writes in different orders.`,
	Canon:     []string{"consistency.causal.definition", "consistency.causal.concurrent-order-may-differ"},
	Sometimes: []string{"concurrent writes in different orders", "the later write wins"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim: sim.Config{Link: sim.Link{
				Delay:   sim.LongTail(k.Duration("delay", time.Millisecond, 50*time.Millisecond), 500*time.Millisecond),
				Reorder: 1, Loss: sim.Choose(k, "loss", 0, 0.1),
			}},
			Body: causal,
		})
	},
})

func causal(r *ordertest.Run) error {
	s, sites := &stage{Run: r}, ordertest.Hosts(3)
	converge := r.Seed%2 == 0
	masters := s.mastersOf(sites, converge)
	history := s.recorder()
	for i := range 6 {
		at := masters[i/2]
		mix := workload.Mix{Keys: 5, Read: 3, Write: 2}
		s.add(fmt.Sprint("x", i), &client{
			count: 12, pause: 20 * time.Millisecond, recorder: history, connect: masterAt(at),
			next: workload.NewGenerator(mix, r.Seed, i).Next,
		})
		// A client is near its site: what it sees there it sees at once.
		r.World.Shape(fmt.Sprint("x", i), at.Host(), sim.Link{Delay: sim.Constant(100 * time.Microsecond)})
		r.World.Shape(at.Host(), fmt.Sprint("x", i), sim.Link{Delay: sim.Constant(100 * time.Microsecond)})
	}
	r.World.After(150*time.Millisecond, r.World.Host("b").Crash)
	r.World.After(250*time.Millisecond, r.World.Host("b").Restart)
	if err := s.finish(); err != nil {
		return err
	}
	if err := s.Settle(func() error { return atRest(r.World, masters) }, time.Minute); err != nil {
		return err
	}
	h := history.History()
	r.Marks.Sometimes("the later write wins", converge)
	differ := sitesDiffer(r.World, masters)
	r.Marks.Sometimes("concurrent writes in different orders", differ != nil)
	if !converge {
		return demand(check.Causal(h))
	}
	if differ != nil {
		return differ
	}
	return demand(check.CausalPlus(h))
}

// atRest returns nil once nothing is on its way.
func atRest(w *sim.World, masters []node.Addr) error {
	for _, a := range masters {
		c, up := w.Node(a).(*multimaster.Copy)
		if !up || c.Backlog() > 0 {
			return fmt.Errorf("%s is down or has not been confirmed all", a)
		}
	}
	return nil
}

// sitesDiffer returns nil if all sites hold the same.
func sitesDiffer(w *sim.World, masters []node.Addr) error {
	value := func(a node.Addr, key string) string { return w.Node(a).(*multimaster.Copy).Value(key) }
	for i := range 5 {
		key := fmt.Sprint("k", i)
		for _, a := range masters {
			if got, want := value(a, key), value(masters[0], key); got != want {
				return fmt.Errorf("%s has %q at %s, %s has %q", a, got, key, masters[0], want)
			}
		}
	}
	return nil
}
