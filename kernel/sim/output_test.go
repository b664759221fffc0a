package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

func TestSendsWaitForTheLogAndOthersDoNot(t *testing.T) {
	w := sim.New(sim.Config{Fsync: sim.Constant(10 * ms), Link: fixed(ms), Local: sim.Constant(ms)})
	at := map[string]time.Duration{}
	arrived := func(_ *actor, _ node.Addr, m *say) { at[m.Text] = w.Now() }
	b := serve(w, "b", nil, arrived)
	local := w.Host("a").Serve("local", func() node.Node { return &actor{receive: arrived} })
	a := serve(w, "a", nil, nil)
	other := w.Host("a").Serve("other", func() node.Node { return &actor{} })
	do(w, a, func(a *actor) {
		a.env.Send(b, &say{Text: "before"})
		a.env.Log("log").Append([]byte("r"))
		a.env.Send(b, &say{Text: "after"})
		a.env.Send(local, &say{Text: "local"})
		a.env.SendEarly(b, &say{Text: "early"})
		a.env.Durable(func() { at["durable"] = w.Now() })
	})
	do(w, other, func(a *actor) {
		a.env.Send(b, &say{Text: "other"})
		a.env.Durable(func() { at["durable of other"] = w.Now() })
	})
	w.Run(time.Second)
	for text, want := range map[string]time.Duration{
		"before": ms, "early": ms, "other": ms, "durable of other": 0,
		"durable": 10 * ms, "after": 11 * ms, "local": 11 * ms,
	} {
		if got, ok := at[text]; !ok || got != want {
			t.Errorf("%s: at %v (%v), want %v", text, got, ok, want)
		}
	}
}

func TestOneFsyncServesAllThatWasAppendedMeanwhile(t *testing.T) {
	w := sim.New(sim.Config{Fsync: sim.Constant(10 * ms), Link: fixed(ms)})
	var at []time.Duration
	b := serve(w, "b", nil, func(*actor, node.Addr, *say) { at = append(at, w.Now()) })
	a := serve(w, "a", nil, nil)
	for i := range 5 {
		w.At(time.Duration(i)*2*ms, func() {
			do(w, a, func(a *actor) {
				a.env.Log("log").Append([]byte{byte(i)})
				a.env.Send(b, &say{N: i})
			})
		})
	}
	w.Run(time.Second)
	if want := []time.Duration{11 * ms, 21 * ms, 21 * ms, 21 * ms, 21 * ms}; !slices.Equal(at, want) {
		t.Errorf("arrived at %v, want %v", at, want)
	}
}

func TestDurableRunsInOrderAndAtTheEndOfTheEventAtTheEarliest(t *testing.T) {
	w := sim.New(sim.Config{Fsync: sim.Constant(10 * ms)})
	var log []string
	a := serve(w, "a", nil, nil)
	do(w, a, func(a *actor) {
		a.env.Durable(func() { log = append(log, "1") })
		log = append(log, "0")
		a.env.Log("log").Append(nil)
		a.env.Durable(func() { log = append(log, "2") })
		a.env.Durable(func() {
			log = append(log, "3")
			a.env.Durable(func() { log = append(log, "4") })
		})
	})
	if got := strings.Join(log, ""); got != "01" {
		t.Errorf("at the end of the event: %s", got)
	}
	w.Run(time.Second)
	if got := strings.Join(log, ""); got != "01234" {
		t.Errorf("in the end: %s", got)
	}
}

// counter logs 1, 2, 3 ... and tells a witness of each number.
type counter struct {
	env     node.Env
	log     node.Log
	witness node.Addr
	send    func(env node.Env, to node.Addr, m node.Message)
	next    int
	lost    string
}

func (c *counter) Start(env node.Env) {
	c.env, c.log = env, env.Log("numbers")
	for lsn, record := range c.log.Records(1) {
		if string(record) != itoa(int(lsn)) {
			c.lost = "record " + itoa(int(lsn)) + " reads " + string(record)
		}
		c.next = int(lsn)
	}
	var tick node.Timer
	tick = env.Timer(func() {
		for range 1 + env.Rand().IntN(4) {
			c.next++
			c.log.Append([]byte(itoa(c.next)))
			c.send(env, c.witness, &say{N: c.next})
		}
		tick.Reset(time.Duration(env.Rand().Int64N(int64(2 * ms))))
	})
	tick.Reset(ms)
}

func (c *counter) Receive(node.Addr, node.Message) {}

// count runs a counter under faults and returns how often a number that the
// witness had heard was missing after a restart, how often a number was that
// it had not, and how often the log kept one that it had not.
func count(t *testing.T, seed uint64, faults string, send func(node.Env, node.Addr, node.Message)) (broken, lost, kept int) {
	t.Helper()
	w := sim.New(sim.Config{Seed: seed, Fsync: sim.Uniform(100*us, 5*ms), Link: fixed(100 * us)})
	defer w.Close()
	told, logged := 0, 0
	witness := serve(w, "w", nil, func(_ *actor, _ node.Addr, m *say) { told = max(told, m.N) })
	a := w.Host("a").Serve("x", func() node.Node { return &counter{witness: witness, send: send} })
	plan, err := sim.Parse(faults)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(plan); err != nil {
		t.Fatal(err)
	}
	var last *counter
	w.OnEvent(func() {
		c, _ := w.Node(a).(*counter)
		if c == nil {
			return
		}
		if c != last && last != nil {
			switch {
			case c.lost != "":
				t.Fatalf("seed %d: %s", seed, c.lost)
			case c.next < told:
				broken++
				told = c.next
			case c.next < logged:
				lost++
			case c.next > told:
				kept++
			}
		}
		last, logged = c, c.next
	})
	w.Run(500 * ms)
	return broken, lost, kept
}

func TestACrashInAnyWindowNeverLosesTheCauseOfASentMessage(t *testing.T) {
	for _, window := range []struct {
		faults           string
		loses, keepsMore bool
	}{
		{"on write of a with 0.1 crash; restart after 3ms", true, true},
		{"on fsync of a with 0.1 crash; restart after 3ms", true, true},
		{"on send of a with 0.05 crash; restart after 3ms", true, true},
		{"at 53ms crash a; restart after 3ms\nat 101ms crash a; restart after 1ms\nat 207ms power-loss; restart after 1ms", true, true},
		{"on write of a with 0.05 crash; restart after 1ms\non fsync of a with 0.05 crash; restart after 1ms", true, true},
	} {
		broken, lost, kept, early := 0, 0, 0, 0
		for seed := range uint64(60) {
			b, l, k := count(t, seed, window.faults, node.Env.Send)
			broken, lost, kept = broken+b, lost+l, kept+k
			b, _, _ = count(t, seed, window.faults, node.Env.SendEarly)
			early += b
		}
		if broken > 0 {
			t.Errorf("%q: %d numbers that had been told were forgotten", window.faults, broken)
		}
		if lost == 0 || kept == 0 {
			t.Errorf("%q: lost unsynced records %d times, kept untold ones %d times: too tame", window.faults, lost, kept)
		}
		if early == 0 {
			t.Errorf("%q: nothing is forgotten without the output rule: no teeth", window.faults)
		}
	}
}

func TestSwarmsNeverLoseTheCauseOfASentMessageEither(t *testing.T) {
	broken, early := 0, 0
	for seed := range uint64(150) {
		plan := sim.Swarm(seed, []string{"a", "w"}, 500*ms).String()
		b, _, _ := count(t, seed, plan, node.Env.Send)
		e, _, _ := count(t, seed, plan, node.Env.SendEarly)
		broken, early = broken+b, early+e
	}
	if broken != 0 || early == 0 {
		t.Errorf("forgotten %d times with the output rule, %d times without", broken, early)
	}
}
