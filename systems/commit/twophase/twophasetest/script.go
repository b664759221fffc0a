package twophasetest

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

// script is an experiment that plays scenes whose every step is written down.
type script struct {
	name, text, hosts string
	canon             []string
	// drawn tells that something depends on the seed: what a crash leaves on disk.
	drawn bool
	play  func(*play) error
}

// play is a script in progress. Each scene is a world of its own.
type play struct {
	seed    uint64
	options experiment.Options
	result  experiment.Result
}

var variants = []twophase.Variant{twophase.PresumedAbort, twophase.PresumedCommit, twophase.Basic}

func (s script) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "twophase", Name: s.name, Question: s.text, Canon: s.canon, Hosts: s.hosts, Once: !s.drawn,
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			p := &play{seed: seed, options: o}
			p.result.Stats = map[string]float64{}
			if err := s.play(p); err != nil {
				p.result.Verdict, p.result.Violation = check.Violation, err.Error()
				return p.result
			}
			p.result.Verdict = check.OK
			return p.result
		},
	})
}

// scene plays a scene on a new stage.
func (p *play) scene(votes string, cfg twophase.Config, act func(*Stage) error) error {
	return p.sceneOf(p.seed, votes, cfg, act)
}

// sceneOf plays a scene in the world of another seed: what a crash leaves on disk
// is drawn.
func (p *play) sceneOf(seed uint64, votes string, cfg twophase.Config, act func(*Stage) error) error {
	c := sim.Config{Seed: seed, Codec: p.options.Codec, Digest: p.options.Digest, Context: p.options.Context, Inspect: p.options.Inspect}
	s := newStage(c, newOracle(p.options.Trace), votes, cfg)
	defer s.World.Close()
	err := act(s)
	p.end(s.World)
	for _, problem := range []error{s.Oracle.err, s.err, err} {
		if problem != nil {
			return fmt.Errorf("%w (%v, votes %s)", problem, cfg.Variant, votes)
		}
	}
	return nil
}

func (p *play) end(w *sim.World) {
	p.result.Hash = p.result.Hash*1099511628211 ^ w.Hash()
	p.result.Events += w.Events()
	p.result.Elapsed += w.Now()
}

// everyVariant plays a scene in each.
func (p *play) everyVariant(votes string, act func(*Stage, twophase.Config) error) error {
	for _, v := range variants {
		if err := p.scene(votes, slow(v), func(s *Stage) error { return act(s, slow(v)) }); err != nil {
			return err
		}
	}
	return nil
}

// demand returns an error unless something holds.
func demand(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// all returns the first error.
func all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// told demands what the client was told.
func (s *Stage) told(want twophase.Decision) error {
	return demand(s.probe.told == want, "the client was told %v, want %v", s.probe.told, want)
}

// has demands what participants have adopted.
func (s *Stage) has(want twophase.Decision, hosts ...string) error {
	for _, h := range hosts {
		if got := s.Oracle.of(s.Tx.String()).adopted[participantAddr(h)]; got != want {
			return fmt.Errorf("%s has %v, want %v", h, got, want)
		}
	}
	return nil
}

// doubts demands that hosts are in doubt and keep their locks.
func (s *Stage) doubts(hosts ...string) error {
	for _, h := range hosts {
		if !s.inDoubt(h) {
			return fmt.Errorf("%s is not in doubt with its locks", h)
		}
	}
	return nil
}

// free demands that hosts hold nothing.
func (s *Stage) free(hosts ...string) error {
	for _, h := range hosts {
		if p := s.participant(h); p == nil || p.Holding() > 0 || s.bank(h).Locked(account) {
			return fmt.Errorf("%s still holds locks", h)
		}
	}
	return nil
}

// links returns "c>a", "c>b" and so on, or the other way round.
func (s *Stage) links(out bool) (links []string) {
	for _, h := range s.participants {
		if out {
			links = append(links, coordinatorHost+">"+h)
		} else {
			links = append(links, h+">"+coordinatorHost)
		}
	}
	return links
}

// vote plays the first phase up to the votes, which are under way then.
func (s *Stage) vote() {
	s.deliver("Finish", "x>c")
	s.deliver("Prepare", s.links(true)...)
}

// decide plays the first phase and the decision.
func (s *Stage) decide() {
	s.vote()
	s.deliver("Voted", s.links(false)...)
}

// settleWith ends the scene: everybody up, everything delivered, one outcome.
func (s *Stage) settleWith(want twophase.Decision) error {
	if err := s.rest(); err != nil {
		return err
	}
	s.ask()
	s.flow()
	if s.probe.told != want {
		return fmt.Errorf("in the end the client is told %v, want %v", s.probe.told, want)
	}
	for i, h := range s.participants {
		if s.votes[i] == 'y' && s.committed(h) != (want == twophase.Committed) {
			return fmt.Errorf("in the end %s has not what was decided, %v", h, want)
		}
	}
	return s.Oracle.err
}
