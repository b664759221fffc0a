package schemetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// Contention asks who wins when.
var Contention = experiment.Register(&experiment.Experiment{
	System: "occ", Name: "contention", Hosts: "1",
	Question: `Who wins, he who asks for locks or he who checks in the end? Ten clients share a processor and run
transactions of eight accesses, half of them changes: to 20,000 rows chosen alike, and then to 40 chosen by Zipf's law
with theta 0.99. An access takes 40 to 80 microseconds of the processor, also when it is in vain, a lock 15 to 25 per cent
of that more, and a commit is durable after up to a millisecond. Where conflicts are rare, optimistic control
gets more done; where they are frequent, two-phase locking does, and most of what optimistic control does is done anew.`,
	Canon:     []string{"occ.perf.contention-crossover"},
	Sometimes: []string{"restarts beyond commits"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: contention})
	},
})

// effort is what things cost, in time of the processor.
type effort struct{ access, lock time.Duration }

func contention(r *ordertest.Run) error {
	e := effort{access: r.Knobs.Duration("an access takes", 40*time.Microsecond, 80*time.Microsecond)}
	e.lock = e.access * time.Duration(r.Knobs.Int("per cent for a lock", 15, 25)) / 100
	rate := map[string]float64{}
	for _, skew := range []struct {
		name  string
		rows  int
		theta float64
	}{{"rare", 20_000, 0}, {"frequent", 40, 0.99}} {
		for _, locks := range []bool{true, false} {
			b := &busy{effort: e, Run: r, locks: locks, rows: skew.rows, theta: skew.theta}
			name := skew.name + "-" + map[bool]string{true: "2pl", false: "occ"}[locks]
			committed, err := b.run(name)
			if err != nil {
				return err
			}
			rate[name] = committed
			r.Stats[name+": commits a second"] = committed
			r.Stats[name+": aborts a commit"] = float64(b.aborts) / float64(b.commits)
			r.Marks.Sometimes("restarts beyond commits", !locks && b.aborts > b.commits)
		}
	}
	if rate["rare-occ"] <= rate["rare-2pl"] || rate["frequent-occ"] >= rate["frequent-2pl"] {
		return fmt.Errorf("commits a second, where conflicts are rare: %.0f by locks, %.0f by validation; where they are frequent: %.0f, %.0f",
			rate["rare-2pl"], rate["rare-occ"], rate["frequent-2pl"], rate["frequent-occ"])
	}
	return nil
}

// busy is one measurement: clients of one scheme who share a processor.
type busy struct {
	effort
	*ordertest.Run
	locks   bool
	rows    int
	theta   float64
	free    time.Duration // when the processor is
	commits int
	aborts  int
}

// run returns how many transactions committed in a second, of 90.
func (b *busy) run(name string) (rate float64, err error) {
	t := &Trial{
		Run: b.Run, Name: name, InMemory: true, Steady: true, Clients: 10, Client: b.client,
		Scheme: func(s scheme.Store) scheme.Scheme {
			if b.locks {
				return lock.NewTwoPhase(s, lock.Options{})
			}
			return occ.New(s, occ.Options{})
		},
	}
	if err := t.Play(10 * time.Minute); err != nil {
		return 0, err
	}
	return float64(b.commits) / t.took.Seconds(), t.Trouble()
}

// client runs transactions until all clients together have run as many as are to be.
func (b *busy) client(h *Host, t node.Task, number int) error {
	const wanted = 90 // and those under way
	o := ycsb.Options{Mix: ycsb.Mix{Read: 50, Modify: 50}, Rows: b.rows, Theta: b.theta, Accesses: 8, Value: 8}
	g, err := ycsb.New(o, b.Seed, number, 10)
	if err != nil {
		return err
	}
	for b.commits < wanted {
		p := g.Next()
		run := p.Run
		p.Run = func(tx program.Tx) error { return run(&paid{tx, b, t}) }
		outcome, err := program.Do(h.Scheme, p, func(ticket *scheme.Ticket) error { scheme.Await(t, ticket); return nil })
		if err != nil {
			return err
		}
		b.commits++
		b.aborts += outcome.Aborts
	}
	return nil
}

// paid is a transaction whose accesses take time.
type paid struct {
	program.Tx
	b *busy
	t node.Task
}

func (p *paid) Get(key []byte) (value []byte, found bool, err error) {
	p.work()
	return p.Tx.Get(key)
}

// GetForUpdate implements program.Updater.
func (p *paid) GetForUpdate(key []byte) (value []byte, found bool, err error) {
	p.work()
	return program.GetForUpdate(p.Tx, key)
}

func (p *paid) Put(key, value []byte) error {
	p.work()
	return p.Tx.Put(key, value)
}

// work waits for the processor, and then as long as the work takes.
func (p *paid) work() {
	b := p.b
	took := b.access
	if b.locks {
		took += b.lock
	}
	now := b.World.Now()
	b.free = max(b.free, now) + took
	p.t.Sleep(b.free - now)
}
