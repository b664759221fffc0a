package agreement

import (
	"math"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
)

// Rounds are the papers', and so are messages and bytes by the size of the group,
// whatever is read as a factor or as a header. Held against another protocol's formulas
// they are not.
func TestWhatAWriteCostsFitsThePaper(t *testing.T) {
	measured := map[string][]Cost{}
	for _, p := range Family {
		for _, n := range p.Wide {
			c, err := p.Writes(n)
			if err != nil {
				t.Fatal(err)
			}
			if rounds := p.Paper.Rounds.at(n); math.Abs(c.Rounds-rounds) > 0.02 {
				t.Errorf("%s of %d: %.2f rounds, want %v", p.Name, n, c.Rounds, rounds)
			}
			measured[p.Name] = append(measured[p.Name], c)
		}
		if misfit := p.fit(p.Wide, measured[p.Name]).Misfit(); misfit != "" {
			t.Error(misfit)
		}
	}
	for _, p := range Family {
		for _, q := range Family {
			fits := p.fit(q.Wide, measured[q.Name]).Misfit() == ""
			if same := p.Paper.Messages.text == q.Paper.Messages.text && p.Paper.News.text == q.Paper.News.text; fits != same {
				t.Errorf("%s held against the formulas of %s: fits: %v", q.Name, p.Name, fits)
			}
		}
	}
}

func TestAWriteTakesTheSyncsOfThePaper(t *testing.T) {
	for _, p := range Family {
		for _, n := range p.Sizes {
			took, err := p.Delay(n)
			if err != nil {
				t.Fatal(err)
			}
			if ms := p.Paper.Rounds.at(n) + p.Paper.Syncs.at(n); math.Abs(took.Seconds()*1000-ms) > 0.1 {
				t.Errorf("%s of %d: %v where a link and a sync take a millisecond each, want %v ms", p.Name, n, took, ms)
			}
		}
	}
}

// Under load the news of one batch travels with the next.
func TestUnderLoadABatchCostsWhatDecides(t *testing.T) {
	for _, p := range Family {
		n := p.Sizes[0]
		l, err := p.UnderLoad(n)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.Paper.Messages.at(n); math.Abs(l.Messages/want-1) > 0.05 {
			t.Errorf("%s of %d: %.2f messages a batch, want %v", p.Name, n, l.Messages, want)
		}
	}
}

func TestNoDayBreaksAPromise(t *testing.T) {
	days := Days
	if testing.Short() {
		days = Days[:2]
	}
	for _, p := range Family {
		for _, d := range days {
			s, err := p.through(d)
			if err != nil {
				t.Fatal(err)
			}
			if s.Verdict != check.OK {
				t.Errorf("%s, %s: %v: %s", p.Name, d.Name, s.Verdict, s.Violation)
			}
			if s.done == 0 {
				t.Errorf("%s, %s: nothing was done", p.Name, d.Name)
			}
		}
	}
}
