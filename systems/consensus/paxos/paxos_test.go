package paxos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	three := []node.Addr{"a/x", "b/x", "c/x"}
	for want, cfg := range map[string]paxos.Config{
		"0 acceptors":             {Proposers: three},
		"65 acceptors":            {Proposers: three, Acceptors: make([]node.Addr, 65)},
		"0 proposers":             {Acceptors: three},
		"a quorum of 1 among 3":   {Proposers: three, Acceptors: three, Quorum: 1},
		"a quorum of 4 among 3":   {Proposers: three, Acceptors: three, Quorum: 4},
		"1 distinguished learner": {Proposers: three, Acceptors: three, Distinguished: 1},
	} {
		if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one about %q", err, want)
		}
	}
}

func TestMajoritiesIntersect(t *testing.T) {
	for n := 1; n <= paxos.MaxAcceptors; n++ {
		if m := paxos.Majority(n); 2*m <= n || m > n || 2*(m-1) > n {
			t.Errorf("a majority of %d is %d", n, m)
		}
	}
}

func TestBallotsAreTotallyOrderedAndUniquePerProposer(t *testing.T) {
	b := paxos.Ballot{}
	seen := map[paxos.Ballot]bool{}
	for i := range 100 {
		next := paxos.Above(b, uint16(1+i%3))
		if !b.Less(next) || next.Less(b) || seen[next] {
			t.Fatalf("%v comes after %v", next, b)
		}
		seen[next] = true
		b = next
	}
}

// asker sends one message and keeps the answers.
type asker struct {
	to      node.Addr
	message node.Message
	answers []node.Message
}

func (a *asker) Start(env node.Env)                  { env.Send(a.to, a.message) }
func (a *asker) Receive(_ node.Addr, m node.Message) { a.answers = append(a.answers, m) }

// world is one host that plays all roles.
func world(t *testing.T) (*sim.World, paxos.Config) {
	w := sim.New(sim.Config{Seed: 1})
	t.Cleanup(w.Close)
	cfg := paxos.Config{Proposers: []node.Addr{"a/proposer"}, Acceptors: []node.Addr{"a/acceptor"}, Learners: []node.Addr{"a/learner"}}
	w.Host("a").Serve("proposer", func() node.Node { return paxos.NewProposer(cfg) })
	w.Host("a").Serve("acceptor", func() node.Node { return paxos.NewAcceptor(cfg) })
	w.Host("a").Serve("learner", func() node.Node { return paxos.NewLearner(cfg) })
	return w, cfg
}

func TestAValueThatCannotBeIsRefusedWithTheReason(t *testing.T) {
	for _, v := range []paxos.Value{"", paxos.Value(make([]byte, paxos.MaxValue+1))} {
		w, cfg := world(t)
		a := &asker{to: cfg.Proposers[0], message: &paxos.Submit{Value: v}}
		w.Host("x").Serve("asker", func() node.Node { return a })
		w.Run(time.Second)
		if len(a.answers) != 1 || !strings.Contains(a.answers[0].(*paxos.Outcome).Refused, "bytes") {
			t.Errorf("a value of %d bytes is answered with %v", len(v), a.answers)
		}
	}
}

// Strangers cannot make a proposer or a learner believe anything.
func TestWhatStrangersClaimIsNotBelieved(t *testing.T) {
	for _, m := range []node.Message{
		&paxos.Accepted{Proposal: paxos.Proposal{Number: paxos.Ballot{Round: 1, Proposer: 1}, Value: "x"}},
		&paxos.Decided{Value: "x"},
		&paxos.Promise{Number: paxos.Ballot{Round: 1, Proposer: 1}},
		&paxos.Outcome{Value: "x"},
	} {
		w, cfg := world(t)
		for _, to := range []node.Addr{cfg.Proposers[0], cfg.Learners[0]} {
			w.Host("x").Serve("asker"+to.Service(), func() node.Node { return &asker{to: to, message: m} })
		}
		w.Run(time.Second)
		if v := w.Node(cfg.Learners[0]).(*paxos.Learner).Learned(); v != "" {
			t.Errorf("a stranger's %T made a learner learn %q", m, v)
		}
		if v := w.Node(cfg.Proposers[0]).(*paxos.Proposer).Decided(); v != "" {
			t.Errorf("a stranger's %T made a proposer know %q", m, v)
		}
	}
}

func TestALearnerWithNothingToLearnMakesNobodyPropose(t *testing.T) {
	w, cfg := world(t)
	w.Run(10 * time.Second)
	if m := w.Node(cfg.Acceptors[0]).(*paxos.Acceptor).Memory(); !m.Accepted.IsZero() {
		t.Errorf("accepted is %v, and nobody proposed", m.Accepted)
	}
}
