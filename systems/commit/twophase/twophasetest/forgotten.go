package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// ForgottenByPeers has a participant in doubt ask a peer that has forgotten.
var ForgottenByPeers = script{
	name: "forgotten-by-peers", hosts: "3",
	text: `What does a peer know that has forgotten the transaction? The decision reaches a and not b; then a hears, with the Prepare of another
transaction, that all earlier ones are over, and the coordinator goes down before b asks. If the decision need not be acknowledged, a
remembers nothing, and that is enough: what is over although somebody is in doubt was decided as the variant presumes. If it must be
acknowledged, the coordinator still waited for b, so that the transaction was not over, and a remembers. Either way b ends with what was decided.`,
	canon: []string{"twophase.termination.ask-peers", "twophase.guarantee.agreement"},
	play: func(p *play) error {
		for _, want := range []twophase.Decision{twophase.Committed, twophase.Aborted} {
			err := p.everyVariant("yy", func(s *Stage, cfg twophase.Config) error { return forgottenByPeer(s, cfg.Variant, want) })
			if err != nil {
				return fmt.Errorf("%v: %w", want, err)
			}
		}
		return nil
	},
}.register()

func forgottenByPeer(s *Stage, v twophase.Variant, want twophase.Decision) error {
	s.vote()
	kind := "Commit"
	if want == twophase.Committed {
		s.deliver("Voted", "a>c", "b>c")
	} else {
		kind = "Abort"
		s.deliver("Voted", "a>c")
		s.lose("Voted", "b>c")
		s.expire("c")
	}
	s.deliver(kind, "c>a")
	s.lose(kind, "c>b")
	s.another("a")
	if forgot := s.participant("a").Decision(s.Tx) == twophase.Undecided; forgot == v.Acknowledged(want) {
		return fmt.Errorf("the peer has forgotten: %v", forgot)
	}
	s.crash("c")
	s.expire("b")
	s.flowBetween("a", "b")
	return all(s.has(want, "b"), s.free("b"), s.settleWith(want))
}

// another has the client make another transaction, which reads at one participant.
func (s *Stage) another(host string) {
	over := false
	s.World.Do(node.Join(clientHost, "client"), func(n node.Node) {
		n.(*probe).env.Go(func(t node.Task) {
			x := &exchange{t}
			tx := x.call(coordinatorAddr, &twophase.Begin{}).(*twophase.Begun).Tx
			branch := twophase.Branch{Participant: participantAddr(host), Ops: 1, ReadOnly: true}
			x.call(branch.Participant, &twophase.Execute{Tx: tx, Seq: 1, Body: bank.Read(account)})
			x.call(coordinatorAddr, &twophase.Finish{Tx: tx, Commit: true, Branches: []twophase.Branch{branch}})
			over = true
		})
	})
	for s.settle(); !over; {
		s.flowBetween(clientHost, coordinatorHost)
		s.flowBetween(clientHost, host)
		s.flowBetween(coordinatorHost, host)
		if len(s.World.Held()) == 0 && !over {
			s.fail("the other transaction does not end")
			return
		}
	}
}

// FoundAndOver has a commit that a deputy found, and a participant that missed it.
var FoundAndOver = script{
	name: "found-and-over", hosts: "7",
	text: `For how long is a commit remembered that another coordinator has found out? A transaction is committed by its votes, its coordinator dies, a deputy asks the
participants and records the commit, and b, which has said yes to the deputy, goes down in the moment in which it finds that. The coordinator comes back and
makes more transactions, which tell everybody that earlier ones are over. It must know that this one is not, as long as b has not acknowledged it: b comes back in
doubt, and ends with the commit, as the client was told.`,
	canon: []string{"twophase.guarantee.agreement", "twophase.scenario.coordinator-fails-after-decision"},
	play:  func(p *play) error { return p.foundAndOver() },
}.register()

func (p *play) foundAndOver() error {
	o, k, everybody, err := p.deputies()
	if err != nil {
		return err
	}
	defer k.World.Close()
	owner := k.World.Host(k.Coordinators[0].Host())
	o.Hear = func(e *trace.Event) {
		switch {
		case e.Kind == trace.Send && e.What == "twophase.Outcome":
			k.World.After(0, owner.Crash)
		case e.Kind == trace.Note && e.What == "finds committed":
			k.World.After(0, k.World.Host("b").Crash)
		}
	}
	client := &wide{k: k}
	k.World.Host(clientHost).Serve("client", func() node.Node { return client })
	k.World.Run(10 * time.Second)
	o.Hear = nil
	if a, d := k.participant("a").Decision(client.tx), k.participant("d").Decision(client.tx); a != twophase.Committed || d != a {
		return fmt.Errorf("while its coordinator is down a has %v, d %v, want committed", a, d)
	}
	owner.Restart()
	others := k.tellerAt(newTeller(p.seed, 5, 100*time.Millisecond))
	others.banks = []string{"a", "d"}
	if !k.World.RunUntil(func() bool { return others.over }, time.Minute) || others.committed == 0 {
		return fmt.Errorf("of 5 other transactions %d were committed", others.committed)
	}
	k.Coordinators = everybody
	k.World.Heal()
	if err := k.World.Converge(k.quiet, wholeRun); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	p.end(k.World)
	return all(o.err, demand(o.of(client.tx.String()).adopted[participantAddr("b")] == twophase.Committed, "b has not committed what the others have"))
}
