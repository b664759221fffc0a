package twophasetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/commit/twophase"
)

// LateVote plays the coordinator's impatience.
var LateVote = script{
	name: "late-vote", hosts: "4",
	text: `May the coordinator give up waiting for a vote? A yes is late, or lost for good. The coordinator loses
patience and aborts, since nobody was told to commit. The late yes is answered with abort, of which its voter had not heard, and changes nothing;
the voter whose yes was lost learns of the abort by asking, and unlocks.`,
	canon: []string{"twophase.timeout.coordinator-aborts", "twophase.scenario.vote-lost"},
	play: func(p *play) error {
		return all(p.everyVariant("yyy", lateVote), p.everyVariant("yyy", lostVote))
	},
}.register()

func lateVote(s *Stage, _ twophase.Config) error {
	s.vote()
	s.deliver("Voted", "a>c", "b>c")
	s.expire("c")
	s.lose("Abort", "c>d")
	s.deliver("Voted", "d>c") // yes, and too late
	if err := s.doubts("d"); err != nil {
		return err
	}
	s.flow()
	return all(s.told(twophase.Aborted), s.has(twophase.Aborted, "a", "b", "d"), s.settleWith(twophase.Aborted))
}

func lostVote(s *Stage, _ twophase.Config) error {
	s.vote()
	s.deliver("Voted", "a>c", "b>c")
	s.lose("Voted", "d>c")
	s.expire("c")
	s.lose("Abort", "c>d")
	s.flow()
	if err := all(s.told(twophase.Aborted), s.doubts("d")); err != nil {
		return err
	}
	s.expire("d")
	s.flow()
	return all(s.has(twophase.Aborted, "d"), s.free("d"), s.settleWith(twophase.Aborted))
}

// AfterTheVote plays the participants' impatience.
var AfterTheVote = script{
	name: "after-the-vote", hosts: "4",
	text: `May a participant give up waiting? Decisions are lost. Who has voted no, or has not voted, is through at
once. Who has voted yes loses patience again and again and is in doubt all the same: it keeps its locks, asks,
and ends with the coordinator's decision, whichever that is.`,
	canon: []string{"twophase.timeout.participant-after-vote"},
	play: func(p *play) error {
		return all(p.everyVariant("ynr", notInDoubt), p.everyVariant("yyy", unvoted), p.everyVariant("yyy", doubtful))
	},
}.register()

func notInDoubt(s *Stage, _ twophase.Config) error {
	s.vote()
	if err := all(s.free("b", "d"), s.doubts("a")); err != nil {
		return err
	}
	s.deliver("Voted", "b>c")
	s.lose("Abort", "c>a")
	if err := s.stayInDoubt(3, "a"); err != nil {
		return err
	}
	return s.settleWith(twophase.Aborted)
}

// unvoted has a participant lose patience before Prepare reaches it.
func unvoted(s *Stage, _ twophase.Config) error {
	s.deliver("Finish", "x>c")
	s.expire("b")
	if err := s.free("b"); err != nil {
		return err
	}
	s.flow()
	return all(s.told(twophase.Aborted), s.settleWith(twophase.Aborted))
}

func doubtful(s *Stage, _ twophase.Config) error {
	s.decide()
	s.lose("Commit", "c>a", "c>b", "c>d")
	s.crash("c")
	if err := s.stayInDoubt(3, "a", "b", "d"); err != nil {
		return err
	}
	s.restart("c")
	return s.settleWith(twophase.Committed)
}

// stayInDoubt has hosts lose patience some times, with all their questions and
// answers lost, and demands that they stay in doubt.
func (s *Stage) stayInDoubt(times int, hosts ...string) error {
	for range times {
		s.expire(hosts...)
		for len(s.World.Held()) > 0 {
			s.World.Lose(0)
		}
		if err := s.doubts(hosts...); err != nil {
			return err
		}
	}
	return nil
}

// AskPeers plays the termination protocol against every state of the peer.
var AskPeers = script{
	name: "ask-peers", hosts: "3",
	text: `What does a participant in doubt learn from a peer while the coordinator is down? The peer has committed,
has aborted, has voted no, has work and no vote, has lost its work in a crash, has voted yes, or does not answer. In
the first five cases the one in doubt ends as it must; in the others it learns nothing and keeps its locks. A peer
that has answered refuses a Prepare that reaches it afterwards.`,
	canon: []string{"twophase.termination.ask-peers", "twophase.protocol.unanimity"},
	play: func(p *play) error {
		for _, c := range []struct {
			peer string
			want twophase.Decision
		}{
			{"committed", twophase.Committed}, {"aborted", twophase.Aborted}, {"voted no", twophase.Aborted},
			{"has not voted", twophase.Aborted}, {"has lost its work", twophase.Aborted},
			{"voted yes", twophase.Undecided}, {"is down", twophase.Undecided},
		} {
			votes := "yy"
			if c.peer == "voted no" {
				votes = "ny"
			}
			err := p.everyVariant(votes, func(s *Stage, _ twophase.Config) error { return askPeer(s, c.peer, c.want) })
			if err != nil {
				return fmt.Errorf("the peer %s: %w", c.peer, err)
			}
		}
		return nil
	},
}.register()

// askPeer has b in doubt ask a, which is in some state, while c is down.
func askPeer(s *Stage, peer string, want twophase.Decision) error {
	s.deliver("Finish", "x>c")
	s.deliver("Prepare", "c>b")
	final := twophase.Aborted
	switch peer {
	case "committed":
		s.deliver("Prepare", "c>a")
		s.deliver("Voted", "a>c", "b>c")
		s.deliver("Commit", "c>a")
		s.lose("Commit", "c>b")
		final = twophase.Committed
	case "aborted":
		s.deliver("Prepare", "c>a")
		s.deliver("Voted", "a>c")
		s.expire("c")
		s.deliver("Abort", "c>a")
		s.lose("Abort", "c>b")
	case "voted no", "voted yes":
		s.deliver("Prepare", "c>a")
	case "has lost its work", "is down":
		s.crash("a")
	}
	if peer == "has lost its work" {
		s.restart("a")
	}
	s.crash("c")
	if err := s.doubts("b"); err != nil {
		return err
	}
	s.expire("b")
	s.flowBetween("a", "b")
	if want == twophase.Undecided {
		if err := s.doubts("b"); err != nil {
			return err
		}
	} else if err := all(s.has(want, "b"), s.free("b")); err != nil {
		return err
	}
	if strings.HasPrefix(peer, "has") {
		s.restart("c")
		s.deliver("Prepare", "c>a") // it was under way all the time
		if s.Oracle.Counts["votes no"] == 0 {
			return fmt.Errorf("a peer that had refused did not vote no")
		}
	}
	return s.settleWith(final)
}

// flowBetween lets messages between two hosts arrive.
func (s *Stage) flowBetween(a, b string) {
	for {
		found := -1
		for i, m := range s.World.Held() {
			if from, to := m.From.Host(), m.To.Host(); from == a && to == b || from == b && to == a {
				found = i
				break
			}
		}
		if found < 0 {
			return
		}
		s.World.Deliver(found)
		s.settle()
	}
}
