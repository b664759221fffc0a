package multicasttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// swarmed is an experiment in which clients load a group under a swarm of
// faults, everything heals, and the group has to come to rest.
type swarmed struct {
	name, text       string
	canon, sometimes []string
	kind             kind
	config           func(*sim.Knobs, *multicast.Config)
	// watch sets up the oracle; judge looks at the group at rest.
	watch func(*Group)
	judge func(*ordertest.Run, *Group) error
}

func (s swarmed) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "multicast", Name: s.name, Question: s.text, Canon: s.canon, Sometimes: s.sometimes, Hosts: "2 to 5",
		Params: []experiment.Param{
			{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true},
			{Name: "multicasts", Kind: experiment.Int, Doc: "multicasts of each of two clients", Shrink: true, Least: 1},
		},
		Run: s.run,
	})
}

func (s swarmed) run(seed uint64, o experiment.Options) experiment.Result {
	k, set := sim.NewKnobs(seed), o.Settings()
	duration := set.Duration("duration", k.Duration("duration", 500*time.Millisecond, 8*time.Second))
	count := set.Int("multicasts", k.Int("multicasts", 5, 40))
	hosts := sim.SwarmHosts(seed, 2, 5)
	cfg := multicast.Config{
		Window:     k.Int("window", 2, 64),
		Resend:     k.Duration("resend", 5*time.Millisecond, 200*time.Millisecond),
		MaxOpen:    k.Int("max-open", 4, 256),
		MaxHeld:    k.Int("max-held", 1, 64),
		Checkpoint: k.Int("checkpoint", 4, 500),
	}
	s.config(k, &cfg)
	return ordertest.Do(seed, o, ordertest.Setup{
		Sim: sim.Config{Link: sim.Link{
			Delay:   sim.LongTail(k.Duration("delay", 200*time.Microsecond, 20*time.Millisecond), 500*time.Millisecond),
			Reorder: sim.Choose(k, "reorder", 0, 0.3, 1.0),
		}, Segment: 16 << 10},
		Plan: sim.Swarm(seed, hosts, duration), Params: set.Used(),
		Body: func(r *ordertest.Run) error { return s.perform(r, hosts, cfg, count, duration) },
	})
}

func (s swarmed) perform(r *ordertest.Run, hosts []string, cfg multicast.Config, count int, duration time.Duration) error {
	g := newGroup(r.World, hosts, s.kind, cfg)
	s.watch(g)
	clients := []*Client{}
	for i := range 2 {
		c := &Client{members: g.members, first: uint64(1000 * i), count: count, pause: duration / time.Duration(count)}
		r.World.Host(fmt.Sprint("client", i)).Serve("client", func() node.Node { return c })
		clients = append(clients, c)
	}
	if err := r.Follow(); err != nil {
		return err
	}
	if err := r.Past(duration, 100*time.Millisecond, func() error { return g.err }); err != nil {
		return err
	}
	r.World.Heal()
	if err := r.Settle(func() error { return settled(g, clients) }, time.Minute); err != nil {
		return err
	}
	if g.err != nil {
		return g.err
	}
	if err := accepted(r, g, clients); err != nil {
		return err
	}
	return s.judge(r, g)
}

// settled returns nil once the clients have submitted all and nothing is on its way.
func settled(g *Group, clients []*Client) error {
	for _, c := range clients {
		if !c.done() {
			return fmt.Errorf("a client has submitted %d of %d", c.sent, c.count)
		}
	}
	return g.quiet()
}

// accepted demands that what a member said it had taken was delivered.
func accepted(r *ordertest.Run, g *Group, clients []*Client) error {
	all := g.ids(0)
	r.Stats["delivered"] = float64(len(all))
	for _, c := range clients {
		r.Stats["taken"] += float64(len(c.taken))
		for _, id := range c.taken {
			if !slices.Contains(all, id) {
				return fmt.Errorf("multicast %d was taken and never delivered", id)
			}
		}
	}
	return nil
}
