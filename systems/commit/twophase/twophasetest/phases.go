package twophasetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/commit/twophase"
)

// Phases plays runs without faults.
var Phases = script{
	name: "phases", hosts: "2 to 6",
	text: `What happens when nothing fails? For one to five participants, and for three in every pattern of votes, the
coordinator sends Prepare to all, hears all votes, decides to commit if nobody said no, tells the client,
and sends the decision, which participants carry out when it arrives and not before: 3n messages for n
updating participants, and the acknowledgements that the variant wants.`,
	canon: []string{"twophase.protocol.phases", "twophase.protocol.unanimity", "twophase.guarantee.commit-when-healthy"},
	play: func(p *play) error {
		words := []string{"y", "yy", "yyyy", "yyyyy"}
		words = append(words, patterns(3, "ynr")...)
		for _, votes := range words {
			if err := p.everyVariant(votes, healthy); err != nil {
				return err
			}
		}
		return nil
	},
}.register()

func healthy(s *Stage, cfg twophase.Config) error {
	want := twophase.Committed
	if strings.Contains(s.votes, "n") {
		want = twophase.Aborted
	}
	s.vote()
	for _, h := range s.participants {
		if s.committed(h) {
			return fmt.Errorf("%s has carried the transaction out before it was decided", h)
		}
	}
	s.deliverVotes(want)
	yes := strings.Count(s.votes, "y")
	for i, h := range s.participants {
		if s.votes[i] == 'y' && s.committed(h) {
			return fmt.Errorf("%s has carried the transaction out before it heard the decision", h)
		}
	}
	s.flow()
	n := len(s.participants)
	if err := all(s.told(want), s.sent("Prepare", n), s.sent("Voted", n)); err != nil {
		return err
	}
	if want == twophase.Committed {
		acks := 0
		if cfg.Variant.Acknowledged(want) {
			acks = yes
		}
		if err := all(s.sent("Commit", yes), s.sent("Abort", 0), s.sent("Ack", acks)); err != nil {
			return err
		}
	}
	return all(s.quiet(), s.settleWith(want))
}

// deliverVotes lets the votes arrive, a no last, so that the decision waits for all
// of them.
func (s *Stage) deliverVotes(want twophase.Decision) {
	for _, no := range []bool{false, true} {
		for i, h := range s.participants {
			if (s.votes[i] == 'n') == no {
				s.deliver("Voted", h+">"+coordinatorHost)
			}
		}
	}
}

// sent demands how many messages of a type were sent so far.
func (s *Stage) sent(kind string, want int) error {
	got := s.Oracle.Counts["send twophase."+kind]
	return demand(got == want, "%d messages of type %s were sent, want %d", got, kind, want)
}
