package primarybackuptest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Pings counts missing pings.
var Pings = script{
	name: "pings", hosts: 3, once: true,
	text: `When is a server taken for dead? A primary whose pings are lost for one interval less than the limit stays,
and so does one that loses every other ping for a long time. With as many in a row as the limit it is replaced; one
ping makes it alive again. A primary that comes back with an empty disk pings with view 0: it has lost its state, and
its backup takes over at once, before any ping is missing.`,
	canon: []string{"primarybackup.viewserver.ping-liveness", "primarybackup.viewserver.authority"},
	play: func(g *stage) {
		n := g.set.Patience.DeadPings
		first, primary := g.view(), g.primary()
		g.lose(primary, n-1)
		for range 3 * n {
			g.lose(primary, 1)
			g.run(g.set.Patience.PingInterval)
		}
		if g.err == nil && g.view() != first {
			g.fail("%s was replaced although it never missed %d pings in a row", primary, n)
		}
		g.lose(primary, n)
		g.next(first.Number + 1)
		if g.err == nil && g.view().Primary != first.Backup {
			g.fail("after %v came %v, and not the backup", first, g.view())
		}
		g.until("the old primary is backup or spare and the view acknowledged", g.acknowledged)
		g.execute(g.primary(), 3)
		g.loseState()
	},
}.register()

// lose loses a server's next pings, which it sends every interval since 0.
func (g *stage) lose(host string, pings int) {
	if g.err != nil {
		return
	}
	interval := g.set.Patience.PingInterval
	begin := g.world().Now().Truncate(interval) + interval + interval/2
	g.run(begin - g.world().Now())
	heal := g.world().Cut(sim.OneWay([]string{host}, []string{viewHost}))
	g.run(time.Duration(pings) * interval)
	heal()
	g.run(interval)
}

// loseState has the primary restart on an empty disk.
func (g *stage) loseState() {
	if g.err != nil {
		return
	}
	before, host := g.view(), g.primary()
	g.crash(host)
	g.world().Host(host).Disk().Wipe()
	g.restart(host)
	began := g.world().Now()
	g.next(before.Number + 1)
	if took := g.world().Now() - began; g.err == nil && took >= time.Duration(g.set.Patience.DeadPings-1)*g.set.Patience.PingInterval {
		g.fail("a primary that had lost its state was replaced only after %v", took)
	}
	if v := g.view(); g.err == nil && v.Primary != before.Backup {
		g.fail("after %v came %v, and not the backup", before, v)
	}
	g.execute(g.primary(), 1)
}

// LonePrimary has one server, then two.
var LonePrimary = script{
	name: "lone-primary", hosts: 3, once: true,
	text: `What can a primary do without a backup? Its backup and the idle server die: it serves alone. One of them
comes back, gets the state and is backup. Then that one dies again, and after it the primary: whoever comes back is
not promoted, for it lacks what the primary did alone; only the primary brings the service back, with everything.`,
	canon: []string{"primarybackup.view.no-backup-allowed", "primarybackup.view.promote-only-backup"},
	setting: func(*sim.Knobs, *rsmtest.Trial) setting {
		s := quick()
		s.Server.IdleSpares = true
		return s
	},
	play: func(g *stage) {
		lone, backup := g.primary(), g.backup()
		spare := without(g.t.Cluster.Hosts(), lone, backup)
		g.crash(backup)
		g.crash(spare)
		g.until("the primary is alone", func() bool { return g.backup() == "" })
		g.execute(lone, 5)
		g.restart(spare)
		g.until("the spare server is backup, with the state", func() bool { return g.backup() == spare && g.acknowledged() })
		g.execute(lone, 5)
		g.crash(spare)
		g.until("the primary is alone again", func() bool { return g.backup() == "" && g.primary() == lone })
		g.execute(lone, 5)
		g.crash(lone)
		g.restart(spare)
		g.restart(backup)
		g.stalled(spare, 2*time.Second)
		if g.err == nil && g.primary() != lone {
			g.fail("view %v, although nobody but %s has the state", g.view(), lone)
		}
		g.restart(lone)
		g.execute(lone, 1)
	},
}.register()

// Acknowledgement crashes a primary before and after it has acknowledged its view.
var Acknowledgement = script{
	name: "acknowledgement", hosts: 3, once: true,
	text: `What does the acknowledgement of a view decide? A primary dies while it brings a new backup up to date: the
view server stays with it, and the service stands still until it is back, the known price; the backup, which has half
of the state, is not promoted. When it has acknowledged the view and dies, the backup takes over, with everything.`,
	canon: []string{"primarybackup.view.primary-ack-gates-next-view", "primarybackup.transfer.op-before-or-after"},
	setting: func(_ *sim.Knobs, t *rsmtest.Trial) setting {
		s := quick()
		s.Server.IdleSpares = true
		s.Server.MaxEntriesPerMessage, s.Server.MaxInflight = 1, 1
		return s
	},
	play: func(g *stage) {
		primary, old := g.primary(), g.backup()
		g.execute(primary, 40)
		g.crash(old)
		g.until("another backup is named", func() bool { v := g.backup(); return v != "" && v != old })
		n, young := g.view().Number, g.backup()
		g.run(12 * time.Millisecond)
		if _, acked := g.views().View(); g.err == nil && acked {
			g.fail("view %d is acknowledged while its backup lacks the state", n)
		}
		g.crash(primary)
		g.stalled(young, time.Second)
		if g.err == nil && g.primary() != primary {
			g.fail("%v: its primary was never brought up to date", g.view())
		}
		g.restart(primary)
		g.until("the view is acknowledged", g.acknowledged)
		held := g.server(primary).Committed()
		g.crash(primary)
		g.until("the backup takes over", func() bool { return g.primary() == young })
		g.execute(young, 1)
		if s := g.server(young); g.err == nil && s.Committed() <= held {
			g.fail("%s serves with %d operations, and %d were executed before", young, s.Committed(), held)
		}
	},
}.register()

// DuringTransfer goes on executing while a backup is brought up to date.
var DuringTransfer = script{
	name: "during-transfer", hosts: 3, once: true,
	text: `Where do operations go that are executed during a transfer? The way to a new backup is long and takes few
operations at a time, and the primary goes on alone meanwhile, an operation every two milliseconds. As soon as the
view server has its word that the backup is complete, it dies, and what it sent is lost on the way. The backup takes over, and lacks none of those that were
executed: each was in the state that it got, or was forwarded to it before its answer.`,
	canon: []string{"primarybackup.transfer.op-before-or-after", "primarybackup.view.primary-ack-gates-next-view"},
	setting: func(_ *sim.Knobs, t *rsmtest.Trial) setting {
		s := quick()
		s.Server.IdleSpares = true
		s.Server.MaxEntriesPerMessage, s.Server.MaxInflight, s.Server.Resend = 4, 48, time.Second
		t.Config.RSM.Pipeline = 64
		return s
	},
	play: func(g *stage) {
		primary, old := g.primary(), g.backup()
		g.execute(primary, 60)
		g.crash(old)
		young := without(g.t.Cluster.Hosts(), primary, old)
		g.world().Shape(primary, young, sim.Link{Delay: sim.Constant(30 * time.Millisecond)})
		for at := time.Duration(0); at < time.Second; at += 2 * time.Millisecond {
			g.world().After(at, func() { g.propose(primary, "k", 0) })
		}
		g.until("the new backup is complete", func() bool { return g.backup() == young && g.acknowledged() })
		if s := g.server(primary); g.err == nil && s.Committed() < 100 {
			g.fail("only %d operations were executed before and during the transfer", s.Committed())
		}
		held := g.server(primary).Committed()
		heal := g.world().Cut(sim.Isolate(primary)) // what is on its way is lost, too
		g.crash(primary)
		g.until("the backup takes over", func() bool { return g.primary() == young && g.server(young).Leads() })
		heal()
		g.execute(young, 1)
		if s := g.server(young); g.err == nil && s.Committed() <= held {
			g.fail("%s serves with %d operations, and %d were executed before", young, s.Committed(), held)
		}
	},
}.register()

// Rejections asks the wrong servers.
var Rejections = script{
	name: "wrong-server", hosts: 3, once: true,
	text: `Who answers clients? Requests that go to the backup and to an idle server are refused, every time, with the
primary's address; nothing is executed by them, whatever is asked.`,
	canon: []string{"primarybackup.rule.non-primary-rejects-clients"},
	play: func(g *stage) {
		g.execute(g.primary(), 2)
		before := g.server(g.primary()).Last()
		for _, host := range g.t.Cluster.Hosts() {
			refused := 0
			g.ask(host, func(r *rsm.Response) {
				if r.Code.Err() == rsm.ErrNotLeader && r.Leader == g.view().Primary {
					refused++
				}
			})
			if want := 4; host != g.primary() && g.err == nil && refused != want {
				g.fail("%s refused %d of %d requests of clients", host, refused, want)
			}
		}
		if last := g.server(g.primary()).Last(); g.err == nil && last > before+8 {
			g.fail("requests to the wrong servers were ordered: %d operations became %d", before, last)
		}
	},
}.register()

// ask sends a server four requests straight from a client, and passes the answers
// on.
func (g *stage) ask(host string, answer func(*rsm.Response)) {
	if g.err != nil {
		return
	}
	g.world().Host("x").Serve("asker-"+host, func() node.Node { return &asker{node.Join(host, rsmtest.Service), answer} })
	g.run(200 * time.Millisecond)
}

// asker is a client that does not look for the primary.
type asker struct {
	server node.Addr
	answer func(*rsm.Response)
}

func (a *asker) Start(env node.Env) {
	for seq := range 4 {
		env.Send(a.server, &rsm.Request{Kind: rsm.OpenSession, Seq: uint64(seq) + 7})
	}
}

func (a *asker) Receive(_ node.Addr, m node.Message) {
	if m, ok := m.(*rsm.Response); ok {
		a.answer(m)
	}
}
