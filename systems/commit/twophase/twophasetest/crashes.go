package twophasetest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

// ParticipantFails plays crashes of a participant.
var ParticipantFails = script{
	name: "participant-fails", hosts: "4", drawn: true,
	text: `What becomes of a transaction whose participant dies? It dies on receipt of Prepare, before its yes is on disk, after its yes. In the first two cases the
coordinator loses patience and aborts, and the participant, which finds no record, has aborted too. In the third it
comes back in doubt, with its locks, so that other transactions are kept out; it asks, and does what
was decided, once: it commits if all said yes, and aborts if another said no. Its own record never decides.`,
	canon: []string{
		"twophase.scenario.participant-fails-before-vote", "twophase.scenario.participant-fails-after-yes",
		"twophase.recovery.participant", "twophase.log.force-before-send",
	},
	play: func(p *play) error {
		return all(
			p.everyVariant("yyy", failsBeforeVote), p.everyVariant("yyy", failsWhileVoting),
			p.everyVariant("yyy", failsAfterYes), p.everyVariant("yyn", failsAfterYesInVain))
	},
}.register()

func failsBeforeVote(s *Stage, _ twophase.Config) error {
	s.deliver("Finish", "x>c")
	s.crash("b")
	s.deliver("Prepare", "c>a", "c>b", "c>d")
	s.deliver("Voted", "a>c", "d>c")
	s.expire("c")
	s.flow()
	if err := all(s.told(twophase.Aborted), s.has(twophase.Aborted, "a", "d")); err != nil {
		return err
	}
	s.restart("b")
	return all(s.free("b"), s.settleWith(twophase.Aborted))
}

// failsWhileVoting loses the record of a yes: then the yes has not left either.
func failsWhileVoting(s *Stage, _ twophase.Config) error {
	s.deliver("Finish", "x>c")
	s.deliver("Prepare", "c>a", "c>d")
	s.lethal(s.find("Prepare", "c", "b"))
	if s.find("Voted", "b", "c") >= 0 {
		return fmt.Errorf("a yes left before its record was durable")
	}
	s.restart("b")
	if s.inDoubt("b") { // its system kept what the process wrote
		return s.settleWith(twophase.Aborted)
	}
	return all(s.free("b"), s.settleWith(twophase.Aborted))
}

func failsAfterYes(s *Stage, _ twophase.Config) error {
	s.vote()
	s.crash("b")
	s.deliver("Voted", "a>c", "b>c", "d>c")
	s.deliver("Commit", "c>a", "c>d", "c>b") // the last one to nobody
	if err := s.has(twophase.Committed, "a", "d"); err != nil {
		return err
	}
	s.restart("b")
	if err := all(s.doubts("b"), s.keepsOut("b")); err != nil {
		return err
	}
	s.flow()
	return all(s.has(twophase.Committed, "b"), s.once("b"), s.settleWith(twophase.Committed), s.once("b"))
}

func failsAfterYesInVain(s *Stage, _ twophase.Config) error {
	s.vote()
	s.crash("b")
	s.deliver("Voted", "a>c", "b>c", "d>c")
	s.deliver("Abort", "c>a", "c>b")
	s.restart("b")
	if err := s.doubts("b"); err != nil {
		return err
	}
	s.flow()
	return all(s.has(twophase.Aborted, "a", "b"), s.settleWith(twophase.Aborted))
}

// once demands that the money which goes to a host went there once.
func (s *Stage) once(host string) error {
	got := s.bank(host).Balance(account)
	return demand(got == opening+10, "%s has %d, want %d", host, got, opening+10)
}

// keepsOut demands that another transaction cannot touch the account.
func (s *Stage) keepsOut(host string) error {
	other := twophase.TxID{Coordinator: coordinatorAddr, Incarnation: 9, Number: 9}
	var refused error
	s.bank(host).Execute(other, s.operation(0), func(_ []byte, err error) { refused = err })
	s.bank(host).Abort(other)
	return demand(refused != nil, "%s lets another transaction at an account in doubt", host)
}

// Undecided plays the case in which participants know all that they can, and must
// wait.
var Undecided = script{
	name: "all-voted-yes", hosts: "3",
	text: `Everybody voted yes and the coordinator is gone: can the participants finish by themselves? In one execution it
had all votes, committed, and told its client so; in the other a vote was late, and it aborted, and told its client so.
What the participants see is the same, event by event. So whatever they decided would be wrong in one of them. They ask
each other, learn that all said yes, keep their locks for as long as the outage lasts, and then do what was decided.`,
	canon: []string{
		"twophase.termination.all-yes-blocks", "twophase.scenario.coordinator-fails-undecided-all-yes",
		"twophase.claim.blocks-without-coordinator",
	},
	play: func(p *play) error {
		for _, v := range variants {
			var seen [2][]string
			for i, decision := range []twophase.Decision{twophase.Committed, twophase.Aborted} {
				err := p.scene("yy", slow(v), func(s *Stage) error {
					s.Oracle.Hear = func(e *trace.Event) {
						if h := e.Place.Host(); (h == "a" || h == "b") && e.Kind != trace.Drop {
							seen[i] = append(seen[i], fmt.Sprint(e.Kind, e.Place, e.What))
						}
					}
					return undecided(s, decision)
				})
				if err != nil {
					return err
				}
			}
			if !slices.Equal(seen[0], seen[1]) {
				return fmt.Errorf("participants can tell the executions apart: they see %v, and %v (%v)", seen[0], seen[1], v)
			}
		}
		return nil
	},
}.register()

func undecided(s *Stage, decision twophase.Decision) error {
	s.vote()
	s.deliver("Voted", "a>c")
	if decision == twophase.Committed {
		s.deliver("Voted", "b>c")
		s.lose("Commit", "c>a", "c>b")
	} else {
		s.expire("c")
		s.lose("Abort", "c>a", "c>b")
		s.lose("Voted", "b>c")
	}
	s.deliver("Outcome", "c>x")
	s.crash("c")
	for range 5 {
		s.expire("a", "b")
		s.flow()
		if err := s.doubts("a", "b"); err != nil {
			return err
		}
	}
	s.Oracle.Hear = nil
	return all(s.told(decision), s.settleWith(decision))
}
