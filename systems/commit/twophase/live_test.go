package twophase_test

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

var errKilled = errors.New("killed by the test")

// mortal stops its host when it gets the nth message of a kind: before it handles
// that, or after, when what it logged and said is on its way.
type mortal struct {
	node.Node
	env   node.Env
	kind  string
	nth   int
	after bool
}

func (m *mortal) Start(env node.Env) {
	m.env = env
	m.Node.Start(env)
}

func (m *mortal) Receive(from node.Addr, msg node.Message) {
	fatal := fmt.Sprintf("%T", msg) == "*twophase."+m.kind
	if fatal {
		m.nth--
		fatal = m.nth == 0
	}
	if fatal && !m.after {
		m.env.Halt(errKilled)
		return
	}
	m.Node.Receive(from, msg)
	if fatal {
		m.env.Halt(errKilled)
	}
}

// town is a coordinator and two banks as hosts on loopback, one of which dies once.
type town struct {
	t      *testing.T
	listen map[string]string
	dirs   map[string]string
	hosts  map[string]*live.Host
	death  mortal
	victim string
	cfg    twophase.Config
}

func newTown(t *testing.T, victim string, death mortal) *town {
	w := &town{
		t: t, victim: victim, death: death, listen: map[string]string{}, dirs: map[string]string{}, hosts: map[string]*live.Host{},
		cfg: twophase.Config{
			VoteTimeout: 3 * time.Second, ResendAfter: 50 * time.Millisecond,
			DoubtTimeout: 50 * time.Millisecond, IdleTimeout: 3 * time.Second,
		},
	}
	for _, name := range []string{"c", "a", "b"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		w.listen[name], w.dirs[name] = l.Addr().String(), t.TempDir()
		l.Close()
	}
	for name := range w.listen {
		w.open(name, name == victim)
	}
	return w
}

// open begins an incarnation of a host, which dies if it is to.
func (w *town) open(name string, dies bool) {
	peers := map[string]string{}
	for other, at := range w.listen {
		if other != name {
			peers[other] = at
		}
	}
	h, err := live.Open(live.Config{Name: name, Dir: w.dirs[name], Listen: w.listen[name], Peers: peers})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { h.Close() })
	w.hosts[name] = h
	service := "bank"
	if name == "c" {
		service = "coordinator"
	}
	err = h.Serve(service, func() node.Node {
		var n node.Node = twophase.NewCoordinator(w.cfg)
		if name != "c" {
			n = twophase.NewParticipant(bank.New(map[string]int64{"x": 100}), w.cfg)
		}
		m := &mortal{Node: n}
		if dies {
			m.kind, m.nth, m.after = w.death.kind, w.death.nth, w.death.after
		}
		return m
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// transfer has a client on a host of its own make a transfer.
func (w *town) transfer() (err error) {
	h, err := live.Open(live.Config{Name: "shop", Dir: w.t.TempDir(), Peers: w.listen})
	if err != nil {
		return err
	}
	defer h.Close()
	done := make(chan error, 1)
	if err := h.Serve("client", func() node.Node {
		return &task{func(t node.Task) {
			_, err := move(t, twophase.NewClient(t.Env(), []node.Addr{coordinator}, twophase.ClientConfig{
				Timeout: time.Minute, RetryAfter: 100 * time.Millisecond,
			}), 10)
			done <- err
		}}
	}); err != nil {
		return err
	}
	return <-done
}

// book is what a bank says of itself.
type book struct {
	held  int
	total int64
}

func (w *town) book(name string) (b book, err error) {
	answer := make(chan book, 1)
	err = w.hosts[name].Do("bank", func(n node.Node) {
		p := n.(*mortal).Node.(*twophase.Participant)
		answer <- book{p.Holding(), p.Resource().(*bank.Bank).Total()}
	})
	if err != nil {
		return b, err
	}
	return <-answer, nil
}

// rest waits until no bank holds anything, and returns what they have.
func (w *town) rest() (a, b int64) {
	deadline := time.After(time.Minute)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		first, err := w.book("a")
		second, err2 := w.book("b")
		if err == nil && err2 == nil && first.held+second.held == 0 {
			return first.total, second.total
		}
		select {
		case <-look.C:
		case <-deadline:
			w.t.Fatalf("the banks hold locks after a minute: %+v %+v %v %v", first, second, err, err2)
		}
	}
}

// On sockets and files: each host is killed at each step, comes back with what is
// in its directory, and the transfer happens at both banks or at none, as the client
// was told.
func TestLiveHostsAgreeWhoeverIsKilled(t *testing.T) {
	for _, step := range []struct {
		victim, kind string
		nth          int
	}{
		{"c", "Finish", 1}, {"c", "Voted", 1}, {"c", "Voted", 2}, {"c", "Ack", 1}, {"c", "Ack", 2},
		{"a", "Execute", 1}, {"a", "Prepare", 1}, {"a", "Commit", 1}, {"b", "Prepare", 1}, {"b", "Commit", 1},
	} {
		for _, after := range []bool{false, true} {
			when := "before"
			if after {
				when = "after"
			}
			t.Run(fmt.Sprintf("%s %s %s %d", step.victim, when, step.kind, step.nth), func(t *testing.T) {
				t.Parallel()
				w := newTown(t, step.victim, mortal{kind: step.kind, nth: step.nth, after: after})
				survive(t, w)
			})
		}
	}
}

func survive(t *testing.T, w *town) {
	told := make(chan error, 1)
	go func() { told <- w.transfer() }()
	select {
	case <-w.hosts[w.victim].Done():
		w.hosts[w.victim].Close()
		w.open(w.victim, false)
	case <-time.After(time.Minute):
		t.Fatal("the step never came")
	}
	err := <-told
	a, b := w.rest()
	switch moved := a == 90 && b == 110; {
	case !moved && (a != 100 || b != 100):
		t.Errorf("the banks have %d and %d", a, b)
	case err == nil && !moved:
		t.Error("the client was told committed, and no money has moved")
	case twophase.SurelyNot(err) && moved:
		t.Errorf("the client was told %v, and the money has moved", err)
	}
	for range 20 { // some time may pass until all are connected again
		if err = w.transfer(); !twophase.SurelyNot(err) {
			break
		}
	}
	if err != nil {
		t.Errorf("a transfer afterwards: %v", err)
	}
}
