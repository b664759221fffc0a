package twophasetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/commit/twophase"
)

// Costs counts records and messages.
var Costs = script{
	name: "costs", hosts: "4",
	text: `What does each variant save? One transaction with three participants is counted, host by host: records, those
of them that a message had to wait for, and messages. Where all update and commit, where all only read, and where some do,
the figures must be those of the table in Mohan, Lindsay and Obermarck's paper; for an abort, what
its text says. The basic protocol, which in the paper knows no read-only vote, has one here.`,
	canon: []string{"twophase.log.force-before-send", "twophase.protocol.phases"},
	play: func(p *play) error {
		for _, v := range variants {
			for _, votes := range []string{"yyy", "rrr", "yyr", "yyn"} {
				err := p.scene(votes, slow(v), func(s *Stage) error { return p.count(s, v, votes) })
				if err != nil {
					return err
				}
			}
		}
		return nil
	},
}.register()

// prices are what a transaction costs: at the coordinator (whose messages are those
// to participants), and at a participant by its vote.
type prices struct{ coordinator, y, r, n cost }

// table is by variant and votes.
var table = map[twophase.Variant]map[string]prices{
	twophase.Basic: {
		"yyy": {coordinator: cost{2, 1, 6}, y: cost{2, 2, 2}},
		"rrr": {coordinator: cost{1, 0, 3}, r: cost{0, 0, 1}},
		"yyr": {coordinator: cost{2, 1, 5}, y: cost{2, 2, 2}, r: cost{0, 0, 1}},
		"yyn": {coordinator: cost{2, 1, 5}, y: cost{2, 2, 2}, n: cost{1, 1, 1}},
	},
	twophase.PresumedAbort: {
		"yyy": {coordinator: cost{2, 1, 6}, y: cost{2, 2, 2}},
		"rrr": {coordinator: cost{0, 0, 3}, r: cost{0, 0, 1}},
		"yyr": {coordinator: cost{2, 1, 5}, y: cost{2, 2, 2}, r: cost{0, 0, 1}},
		"yyn": {coordinator: cost{0, 0, 5}, y: cost{2, 1, 1}, n: cost{1, 0, 1}},
	},
	twophase.PresumedCommit: {
		"yyy": {coordinator: cost{2, 2, 6}, y: cost{2, 1, 1}},
		"rrr": {coordinator: cost{2, 1, 3}, r: cost{0, 0, 1}},
		"yyr": {coordinator: cost{2, 2, 5}, y: cost{2, 1, 1}, r: cost{0, 0, 1}},
		"yyn": {coordinator: cost{2, 1, 5}, y: cost{2, 2, 2}, n: cost{1, 1, 1}},
	},
}

// count plays the transaction and compares.
func (p *play) count(s *Stage, v twophase.Variant, votes string) error {
	for _, c := range s.costs { //parley:unordered resets each
		*c = cost{}
	}
	want := twophase.Committed
	if strings.Contains(votes, "n") {
		want = twophase.Aborted
	}
	s.vote()
	s.deliverVotes(want)
	s.flow()
	prices := table[v][votes]
	got := *s.costs[coordinatorHost]
	got.Messages-- // the one to the client
	p.result.Stats[fmt.Sprintf("%v %s, coordinator: records", v, votes)] = float64(got.Records)
	p.result.Stats[fmt.Sprintf("%v %s, coordinator: forced", v, votes)] = float64(got.Forced)
	if got != prices.coordinator {
		return fmt.Errorf("the coordinator spends %+v, want %+v", got, prices.coordinator)
	}
	for i, h := range s.participants {
		want := map[byte]cost{'y': prices.y, 'r': prices.r, 'n': prices.n}[votes[i]]
		if got := *s.costs[h]; got != want {
			return fmt.Errorf("%s, which votes %c, spends %+v, want %+v", h, votes[i], got, want)
		}
	}
	return all(s.told(want), s.quiet())
}
