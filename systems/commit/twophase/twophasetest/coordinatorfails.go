package twophasetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/commit/twophase"
)

// CoordinatorFails plays crashes of the coordinator before and after its decision.
var CoordinatorFails = script{
	name: "coordinator-fails", hosts: "4",
	text: `What becomes of a transaction whose coordinator dies? It dies before Prepare, after it, among the votes: after its return there is one outcome. By
the rule it is abort. With first phases that are logged and taken up again it may be commit: participants repeat
their votes, and meanwhile nobody is told abort. If it dies after its decision and has told one of three, the
others hear of it from that one, or from the coordinator when it is back, which forgets nothing before all
have acknowledged (but what would be presumed).`,
	canon: []string{
		"twophase.scenario.coordinator-fails-before-decision", "twophase.scenario.coordinator-fails-after-decision",
		"twophase.recovery.coordinator",
	},
	play: func(p *play) error {
		for _, v := range variants {
			for _, point := range []string{"before Prepare", "after Prepare", "after a vote", "after all votes"} {
				for _, again := range []bool{false, true} {
					if err := p.undecidedCrash(v, point, again); err != nil {
						return fmt.Errorf("crash %s: %w", point, err)
					}
				}
			}
		}
		return p.everyVariant("yyy", afterDecision)
	},
}.register()

func (p *play) undecidedCrash(v twophase.Variant, point string, again bool) error {
	cfg := slow(v)
	cfg.Reprepare = again
	return p.scene("yyy", cfg, func(s *Stage) error {
		switch point {
		case "before Prepare":
			s.crash("c")
			s.deliver("Finish", "x>c") // to nobody
		case "after Prepare":
			s.deliver("Finish", "x>c")
			s.crash("c")
			s.deliver("Prepare", "c>a", "c>b")
		case "after a vote":
			s.vote()
			s.deliver("Voted", "a>c")
			s.crash("c")
		case "after all votes":
			s.vote()
			s.deliver("Voted", "a>c", "b>c")
			s.crash("c")
			s.deliver("Voted", "d>c") // to nobody
		}
		s.restart("c")
		want := twophase.Aborted
		if again && point != "before Prepare" {
			want = twophase.Committed
			if err := asksAgain(s); err != nil {
				return err
			}
		}
		return s.settleWith(want)
	})
}

// asksAgain demands that during a resumed first phase nobody is told anything: a
// participant in doubt asks, and stays in doubt.
func asksAgain(s *Stage) error {
	if s.find("Prepare", "c", "a") < 0 {
		return fmt.Errorf("a first phase that was logged is not taken up again")
	}
	s.deliver("Prepare", "c>a")
	s.expire("a")
	s.deliver("Inquire", "a>c")
	s.deliver("Status", "c>a")
	return s.doubts("a")
}

func afterDecision(s *Stage, cfg twophase.Config) error {
	s.decide()
	s.deliver("Commit", "c>a")
	s.lose("Commit", "c>b", "c>d")
	s.crash("c")
	if err := all(s.has(twophase.Committed, "a"), s.doubts("b", "d")); err != nil {
		return err
	}
	s.expire("b") // asks the peer that knows
	s.flowBetween("a", "b")
	if err := all(s.has(twophase.Committed, "b"), s.doubts("d")); err != nil {
		return err
	}
	s.restart("c")
	if c := s.coordinator(); cfg.Variant.Acknowledged(twophase.Committed) && len(c.Unfinished()) != 1 {
		return fmt.Errorf("the coordinator has forgotten a commit that was not acknowledged")
	}
	s.expire("d")
	for s.find("Commit", "c", "d") >= 0 {
		s.lose("Commit", "c>d") // so that it has to ask
	}
	s.deliver("Inquire", "d>c")
	s.deliver("Status", "c>d")
	return all(s.has(twophase.Committed, "d"), s.settleWith(twophase.Committed))
}

// EveryStep takes the coordinator away, and everybody, at every step.
var EveryStep = script{
	name: "every-step", hosts: "4", drawn: true,
	text: `Is there a step at which a crash leaves two outcomes? One transaction is played message by message, and cut off after each. First everybody crashes there, also in
the very moment between a record and the disk, and comes back, three times over: the outcome is commit if and only if the
coordinator had all votes and its record was on disk, and the client was told nothing else. Then the coordinator alone is
taken away there: participants finish without it exactly if one of them knows the decision, or has not voted; if all
said yes they wait until it is back. No new transaction begins meanwhile.`,
	canon: []string{
		"twophase.log.commit-point", "twophase.log.force-before-send", "twophase.recovery.coordinator",
		"twophase.recovery.participant", "twophase.claim.blocks-without-coordinator",
	},
	play: func(p *play) error {
		v := variants[p.seed%3]
		cuts := []func(*Stage, twophase.Config, int) error{powerLoss, coordinatorGone}
		for range 6 { // of which some lose what was written, and some keep it
			cuts = append(cuts, inTheMoment)
		}
		for try, cut := range cuts {
			if err := p.everyCut(p.seed+uint64(try)<<32, v, cut); err != nil {
				return err
			}
		}
		return nil
	},
}.register()

// errWhole says that the transaction was over before it could be cut off.
var errWhole = fmt.Errorf("the transaction was over")

// everyCut cuts the transaction off after 0, 1, 2 and so on deliveries.
func (p *play) everyCut(seed uint64, v twophase.Variant, cut func(*Stage, twophase.Config, int) error) error {
	for n := 0; ; n++ {
		whole := false
		err := p.sceneOf(seed, "yyy", slow(v), func(s *Stage) error {
			err := cut(s, slow(v), n)
			if whole = err == errWhole; whole {
				err = nil
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("cut off after %d messages: %w", n, err)
		}
		if whole {
			p.result.Stats["steps, "+v.String()] = float64(n)
			return nil
		}
	}
}

// pass delivers n messages and tells whether there were so many.
func (s *Stage) pass(n int) bool {
	for range n {
		if len(s.World.Held()) == 0 {
			return false
		}
		s.World.Deliver(0)
		s.settle()
	}
	return true
}

// decidedNow tells what the coordinator has durably decided: every step is over.
func (s *Stage) decidedNow() bool { return s.Oracle.Counts["decides committed"] > 0 }

func powerLoss(s *Stage, _ twophase.Config, n int) error {
	if !s.pass(n) {
		return errWhole
	}
	want := twophase.Aborted
	if s.decidedNow() {
		want = twophase.Committed
	}
	for range 3 {
		s.crash(append([]string{coordinatorHost}, s.participants...)...)
		s.restart(append([]string{coordinatorHost}, s.participants...)...)
		s.pass(2)
	}
	return s.settleWith(want)
}

// inTheMoment crashes whoever gets the next message before its disk is done; what
// it decided may stand or not, but nobody has heard of it if not.
func inTheMoment(s *Stage, _ twophase.Config, n int) error {
	if !s.pass(n) || len(s.World.Held()) == 0 {
		return errWhole
	}
	if s.World.Held()[0].To.Host() == clientHost {
		return nil
	}
	before := s.decidedNow()
	s.lethal(0)
	if err := s.rest(); err != nil {
		return err
	}
	s.ask()
	s.flow()
	if before {
		return s.settleWith(twophase.Committed)
	}
	return all(s.quiet(), s.Oracle.err)
}

func coordinatorGone(s *Stage, _ twophase.Config, n int) error {
	if !s.pass(n) {
		return errWhole
	}
	s.crash("c")
	for i := len(s.World.Held()) - 1; i >= 0; i-- {
		if s.World.Held()[i].From.Host() == coordinatorHost {
			s.World.Lose(i)
		}
	}
	blocked := true
	for _, h := range s.participants {
		blocked = blocked && s.inDoubt(h)
	}
	for range 3 {
		s.expire(s.participants...)
		s.flow()
	}
	for _, h := range s.participants {
		if s.inDoubt(h) != blocked {
			return fmt.Errorf("without the coordinator %s is in doubt: %v; want %v", h, s.inDoubt(h), blocked)
		}
	}
	if err := s.beginsNothing(); err != nil {
		return err
	}
	want := twophase.Aborted
	if s.decidedNow() {
		want = twophase.Committed
	}
	return s.settleWith(want)
}

// beginsNothing demands that a client gets no transaction.
func (s *Stage) beginsNothing() error {
	s.World.Do("x/client", nodeSends(&twophase.Begin{}))
	s.flow()
	if got := s.Oracle.Counts["send twophase.Begun"]; got != 1 {
		return fmt.Errorf("%d transactions were begun, although the coordinator is away", got-1)
	}
	return nil
}
