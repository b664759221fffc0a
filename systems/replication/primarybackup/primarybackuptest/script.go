package primarybackuptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/primarybackup"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// script is an experiment that is played move by move, without clients.
type script struct {
	name, text string
	canon      []string
	hosts      int
	once       bool
	setting    func(*sim.Knobs, *rsmtest.Trial) setting
	play       func(*stage)
}

func (s script) register() rsmtest.Aim {
	a := rsmtest.Aim{
		System: "primarybackup", Name: s.name, Question: s.text, Canon: s.canon, Hosts: fmt.Sprint(s.hosts), Once: s.once,
		Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
			t.Config.Hosts = rsmtest.Names(s.hosts)
			t.Config.Sim.Link.Delay = sim.Constant(oneWay)
			t.Load.Clients, t.Duration = 0, time.Millisecond
			set := quick()
			if s.setting != nil {
				set = s.setting(k, t)
			}
			t.Script = func(t *rsmtest.Trial) error {
				g := &stage{t: t, set: set}
				g.until("the first view is acknowledged", func() bool { return g.acknowledged() })
				s.play(g)
				return g.err
			}
			set.into(t)
		},
	}
	a.Register()
	return a
}

// oneWay is how long messages take in scripts: shorter than a ping interval, so that
// between two ticks of the view server one ping of each server arrives.
const oneWay = 3 * time.Millisecond

// stage directs a script. After the first move that cannot be made the others do
// nothing, and err says which it was.
type stage struct {
	t   *rsmtest.Trial
	set setting
	ids uint64
	err error
}

const moveLimit = 20 * time.Second

func (g *stage) world() *sim.World { return g.t.Cluster.World }

func (g *stage) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
}

// until runs the world until something holds.
func (g *stage) until(what string, cond func() bool) {
	if g.err != nil {
		return
	}
	if !g.world().RunUntil(func() bool { return cond() || g.t.Broken() != nil }, moveLimit) {
		g.fail("the script is stuck: %s does not happen", what)
	}
	if err := g.t.Broken(); err != nil {
		g.err = err
	}
}

func (g *stage) run(d time.Duration) {
	if g.err == nil {
		g.world().Run(d)
		g.err = g.t.Broken()
	}
}

// views returns the view server, nil if it is down.
func (g *stage) views() *primarybackup.ViewServer {
	s, _ := g.world().Node(node.Join(viewHost, viewService)).(*primarybackup.ViewServer)
	return s
}

func (g *stage) view() primarybackup.View {
	v, _ := g.views().View()
	return v
}

// acknowledged tells whether the present view is, and has a backup if there is
// somebody to be it.
func (g *stage) acknowledged() bool {
	v, acked := g.views().View()
	return acked && (v.Backup != "" || len(g.t.Cluster.Hosts()) == 1)
}

func (g *stage) server(host string) *primarybackup.Server {
	if r := g.t.Cluster.Replica(host); r != nil {
		return r.Engine().(*primarybackup.Server)
	}
	return nil
}

// propose has a host propose a command.
func (g *stage) propose(host string, key string, pad int) *rsmtest.Outcome {
	g.ids++
	return g.t.Cluster.Propose(host, &rsmtest.Op{ID: 1<<50 + g.ids, Verb: uint8(workload.Write), Key: key, Value: fmt.Sprint(g.ids), Pad: make([]byte, pad)})
}

// execute has a host propose commands and waits until they are executed.
func (g *stage) execute(host string, n int) {
	for range n {
		if g.err != nil {
			return
		}
		o := g.propose(host, "k", 0)
		g.until("a command at "+host+" is executed", func() bool { return o.Done })
		if g.err == nil && o.Err != nil {
			g.fail("a command at %s: %w", host, o.Err)
		}
	}
}

// stalled demands that a command which a host proposes is not executed for a time.
func (g *stage) stalled(host string, d time.Duration) {
	if g.err != nil {
		return
	}
	o := g.propose(host, "k", 0)
	g.run(d)
	if o.Done && o.Err == nil {
		g.fail("%s executed a command, although nobody may serve", host)
	}
}

func (g *stage) primary() string { return g.view().Primary.Host() }
func (g *stage) backup() string  { return g.view().Backup.Host() }

func (g *stage) crash(host string)   { g.world().Host(host).Crash() }
func (g *stage) restart(host string) { g.world().Host(host).Restart() }

// next waits for a view of at least that number.
func (g *stage) next(n primarybackup.ViewNumber) {
	g.until(fmt.Sprintf("view %d", n), func() bool { return g.views() != nil && g.view().Number >= n })
}
