package mutant

import (
	"context"
	"sync"
)

// Bench is a program with a switch for each of its rules, and where to try
// them.
type Bench struct {
	Program string
	Rules   []*Rule
	Budget  Budget
	// Workers is how many trials go on at once, each a process.
	Workers int
	// Experiments are those to run for a rule, by ID; nil for those that name
	// the rule's items.
	Experiments func(*Rule) []string
	// Known, if not nil, tells which run noticed that a rule was out the last time:
	// it is made first, and if it notices again nothing else is.
	Known func(*Rule) (known Known, ok bool)
	// Progress, if not nil, is called with every outcome, one call at a time, in
	// the order in which they come.
	Progress func(Outcome)
}

// Run tries the rules of the bench, and returns the outcomes in their order,
// without those that ctx kept from being tried.
func (b *Bench) Run(ctx context.Context) []Outcome {
	outcomes := make([]*Outcome, len(b.Rules))
	var (
		wait sync.WaitGroup
		mu   sync.Mutex // guards next, and the calls of Progress
		next int
	)
	for range max(b.Workers, 1) {
		wait.Go(func() {
			for {
				mu.Lock()
				at := next
				next++
				mu.Unlock()
				if at >= len(b.Rules) || ctx.Err() != nil {
					return
				}
				o := b.try(ctx, b.Rules[at])
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				outcomes[at] = &o
				if b.Progress != nil {
					b.Progress(o)
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	var done []Outcome
	for _, o := range outcomes {
		if o != nil {
			done = append(done, *o)
		}
	}
	return done
}

func (b *Bench) try(ctx context.Context, r *Rule) Outcome {
	if b.Known != nil {
		if k, ok := b.Known(r); ok {
			if o := again(ctx, b.Program, r, k, b.Budget); o.Caught {
				return o
			}
		}
	}
	if b.Experiments == nil {
		return Trial(ctx, b.Program, r, b.Budget)
	}
	names := b.Experiments(r)
	if len(names) == 0 {
		return Outcome{Rule: r, Problem: Unreached}
	}
	return Trial(ctx, b.Program, r, b.Budget, "-experiments", joined(names))
}
