package pbfttest

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// ear writes down the numbers of the operations that it hears of.
type ear map[string]bool

// Start needs nothing.
func (ear) Start(node.Env) {}

// Receive listens.
func (e ear) Receive(_ node.Addr, m node.Message) {
	for _, q := range m.(*pbft.PrePrepare).Requests {
		var op rsmtest.Op
		if wire.UnmarshalBody(q.Op, &op) == nil {
			e[fmt.Sprint(op.ID)] = true
		}
	}
}

// CrashProtocol has an equivocating primary in a protocol for crashes.
var CrashProtocol = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "crash-protocol", Hosts: "3, and 4", Once: true,
	Question: `Could a protocol for crashes be used against liars? The primary of a group that runs viewstamped replication tells c that the operations do nothing: c and b must be seen to have executed
the same number of operations and to be in different states. The same adversary is powerless against PBFT: its clients get their answers, its
correct replicas are equal.`,
	Canon: []string{"pbft.motivation.primary-may-equivocate", "pbft.fault.arbitrary-behaviour"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		if same := equivocatingPrimary(seed, o); same {
			return experiment.Result{Verdict: check.Violation, Violation: "an equivocating primary does no harm to viewstamped replication"}
		}
		t := small(4, map[string]Adversary{"a": splitting(1 << 2)})
		t.Seed, t.Options = seed, o
		return t.Run()
	},
})

// equivocatingPrimary runs VR with one and tells whether its backups are equal.
func equivocatingPrimary(seed uint64, o experiment.Options) (same bool) {
	s := sim.Config{Seed: seed}
	o.World(&s)
	w := sim.New(s)
	defer w.Close()
	var members []node.Addr
	for _, h := range names(3) {
		members = append(members, node.Join(h, rsmtest.Service))
	}
	for _, h := range names(3) {
		w.Host(h).Serve(rsmtest.Service, func() node.Node {
			r := rsm.New(vr.New(vr.Config{Members: members}), rsmtest.NewLedger(), rsm.Config{})
			return &forked{r}
		})
	}
	w.Run(time.Second)
	for i := range 5 {
		w.Do(members[0], func(n node.Node) {
			op := Encode(&rsmtest.Op{ID: uint64(i) + 1, Verb: 2, Key: "k", Value: "v"})
			n.(*forked).Propose(op, func([]byte, error) {})
		})
		w.Run(200 * time.Millisecond)
	}
	b, c := w.Node(members[1]).(*forked), w.Node(members[2]).(*forked)
	return b.Status().Applied != c.Status().Applied || b.Machine().Digest() == c.Machine().Digest()
}

// forked is a replica of VR that, as a primary, tells c another story.
type forked struct{ *rsm.Replica }

// Start puts the adversary between the replica and the network.
func (f *forked) Start(env node.Env) { f.Replica.Start(fork{env}) }

type fork struct{ node.Env }

// Send empties what a Prepare says, for c.
func (f fork) Send(to node.Addr, m node.Message) {
	if p, ok := m.(*vr.Prepare); ok && to.Host() == "c" {
		empty := *p
		empty.Entries = append([]vr.Entry(nil), p.Entries...)
		for i := range empty.Entries {
			if empty.Entries[i].Kind == vr.Request {
				empty.Entries[i].Data = nil
			}
		}
		m = &empty
	}
	f.Env.Send(to, m)
}

// SendEarly is Send.
func (f fork) SendEarly(to node.Addr, m node.Message) { f.Send(to, m) }

// Overlap looks for the shortest way in which a lying acceptor of Paxos has two values
// chosen.
var Overlap = proof{
	name: "overlap-may-lie", hosts: "3",
	question: `Why is a majority not enough against liars? Three acceptors of Paxos and two proposers, exhaustively, step by step: with honest acceptors no schedule has two values chosen.
If the acceptor that the two majorities share may deny in its promises what it accepted, some schedule must: the shortest is looked for.`,
	canon: []string{"pbft.motivation.majority-overlap-may-lie"},
	prove: func(stats map[string]float64) error {
		if n := shortest(false); n != 0 {
			return fmt.Errorf("honest acceptors have two values chosen within %d steps", n)
		}
		n := shortest(true)
		stats["steps of the shortest schedule"] = float64(n)
		if n == 0 {
			return fmt.Errorf("a lying acceptor does no harm")
		}
		return nil
	},
}.register()

// acceptor has promised a ballot, and accepted a value in one. Proposer p has ballot
// p+1 and value p+1; 0 stands for none.
type acceptor struct{ promised, ballot, value int8 }

// paxos is a state of the world. Acceptor 1 may lie.
type paxos struct {
	acceptors [3]acceptor
	promises  [2][3]int8 // to each proposer: 0 none, 1 nothing accepted, 1+b accepted in b
	told      [2][3]int8 // the value that came with it
	accepts   [2][3]bool
	proposed  [2]int8
}

// shortest returns how many steps it takes until two values are chosen, 0 if that is
// impossible.
func shortest(lies bool) int {
	states := []paxos{{}}
	known := map[paxos]bool{{}: true}
	for steps := 1; len(states) > 0; steps++ {
		var next []paxos
		for _, s := range states {
			for _, t := range s.steps(lies) {
				if t.broken() {
					return steps
				}
				if !known[t] {
					known[t] = true
					next = append(next, t)
				}
			}
		}
		states = next
	}
	return 0
}

// steps are a prepare or an accept that reaches one acceptor, and is answered.
func (s paxos) steps(lies bool) (all []paxos) {
	for p := range 2 {
		ballot := int8(p + 1)
		for i, a := range s.acceptors {
			if s.promises[p][i] == 0 && (a.promised < ballot || lies && i == 1) {
				t := s
				t.acceptors[i].promised = max(a.promised, ballot)
				t.promises[p][i], t.told[p][i] = 1+a.ballot, a.value
				all = append(all, t)
				if lies && i == 1 && a.ballot > 0 {
					t.promises[p][i], t.told[p][i] = 1, 0
					all = append(all, t)
				}
			}
			value, may := s.proposal(p)
			if may && !s.accepts[p][i] && (a.promised <= ballot || lies && i == 1) {
				t := s
				t.proposed[p] = value
				t.acceptors[i] = acceptor{max(a.promised, ballot), ballot, value}
				t.accepts[p][i] = true
				all = append(all, t)
			}
		}
	}
	return all
}

// proposal is what a proposer may propose: with a majority's promises, the value of the
// highest ballot among them, or its own.
func (s paxos) proposal(p int) (int8, bool) {
	if s.proposed[p] != 0 {
		return s.proposed[p], true
	}
	count, best, value := 0, int8(1), int8(p+1)
	for i, promise := range s.promises[p] {
		if promise > 0 {
			count++
		}
		if promise > best {
			best, value = promise, s.told[p][i]
		}
	}
	return value, count >= 2
}

func (s paxos) broken() bool {
	chosen := func(p int) bool {
		count := 0
		for _, a := range s.accepts[p] {
			if a {
				count++
			}
		}
		return count >= 2
	}
	return chosen(0) && chosen(1) && s.proposed[0] != s.proposed[1]
}

// certified is a value of a store whose clients sign what they write.
type certified struct {
	version   int
	value     string
	signature []byte
}

func (c *certified) content() []byte { return fmt.Appendf(nil, "%d %s", c.version, c.value) }

// genuine tells whether the writer signed it.
func (c *certified) genuine(writer ed25519.PublicKey) bool {
	//parley:rule pbft.clientcert.signatures-not-enough value=true
	return ed25519.Verify(writer, c.content(), c.signature)
}

// Certification shows what signatures of clients do, and what they do not.
var Certification = proof{
	name: "client-certification", hosts: "one server",
	question: `Would it do if clients signed what they store? A writer signs two versions. A faulty server first serves a value that it made up, then one that it tampered with, then the first version after
the second was written. The reader must refuse the first two, and cannot but accept the third. Each read costs a verification, each write a
signature.`,
	canon: []string{"pbft.clientcert.signatures-not-enough"},
	prove: func(stats map[string]float64) error {
		key := ed25519.NewKeyFromSeed(Identity("writer/x"))
		public := Public("writer/x")
		write := func(version int, value string) certified {
			c := certified{version: version, value: value}
			c.signature = ed25519.Sign(key, c.content())
			stats["signatures"]++
			return c
		}
		one, two := write(1, "one"), write(2, "two")
		forged := certified{version: 3, value: "the server's", signature: two.signature}
		tampered := two
		tampered.version = 4
		stats["verifications"] = 4
		switch {
		case forged.genuine(public) || tampered.genuine(public):
			return fmt.Errorf("a value is accepted that no client wrote")
		case !two.genuine(public):
			return fmt.Errorf("a value is refused that a client wrote")
		case !one.genuine(public):
			return fmt.Errorf("signatures alone tell an old version from a new one")
		}
		return nil
	},
}.register()
