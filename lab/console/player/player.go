package player

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
)

// Player keeps runs. Several goroutines may use it; it makes one run at a time.
type Player struct {
	making chan struct{} // holds one token: who has it makes a run

	mu         sync.Mutex // guards what follows
	runs       []*kept    // the one used longest ago first
	recordings []*kept    // the one opened first first
}

type kept struct {
	key string
	*run
}

// New returns a Player without runs.
func New() *Player {
	p := &Player{making: make(chan struct{}, 1)}
	p.making <- struct{}{}
	return p
}

// Request is what a Player is asked.
type Request struct {
	Do     string   `json:"do"`
	Spec   Spec     `json:"spec"`
	Event  trace.ID `json:"event"`
	Text   string   `json:"text"`   // of find and open
	Format string   `json:"format"` // of export
}

// Limit bounds the time of one request.
const Limit = 2 * time.Minute

// ErrRequest is what a request that makes no sense gets.
var ErrRequest = errors.New("cannot be answered")

// Ask answers a request. It returns the content type with the answer.
func (p *Player) Ask(ctx context.Context, text []byte) (answer []byte, kind string, err error) {
	var q Request
	if err := json.Unmarshal(text, &q); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrRequest, err)
	}
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	switch {
	case q.Do == "list":
		return encoded(List())
	case q.Do == "recordings":
		return encoded(p.Recordings())
	case q.Do == "open":
		if err := p.Open(q.Spec.Recording, strings.NewReader(q.Text)); err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrRequest, err)
		}
		return encoded(p.Recordings())
	case q.Spec.Recording != "":
		r, err := p.recording(q.Spec.Recording)
		if err != nil {
			return nil, "", err
		}
		return p.about(ctx, r, q)
	}
	if _, err := q.Spec.find(); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if q.Do == "shrink" {
		return p.shrink(ctx, q.Spec)
	}
	r, err := p.get(ctx, q.Spec)
	if err != nil {
		return nil, "", err
	}
	return p.about(ctx, r, q)
}

// about answers what is asked about a run.
func (p *Player) about(ctx context.Context, r *run, q Request) ([]byte, string, error) {
	switch q.Do {
	case "run":
		return encoded(r.summary)
	case "columns":
		return r.columns, "application/octet-stream", nil
	case "event":
		return p.event(ctx, r, q)
	case "narrow":
		return p.narrow(ctx, r, q.Spec)
	case "find":
		return encoded(r.find(ctx, q.Text))
	case "history":
		return encoded(r.picture)
	case "export":
		return r.export(q.Format)
	}
	return nil, "", fmt.Errorf("%w: there is no question %q", ErrRequest, q.Do)
}

func encoded(v any) ([]byte, string, error) {
	text, err := json.Marshal(v)
	return text, "application/json", err
}

// get returns the run, making it if need be.
func (p *Player) get(ctx context.Context, s Spec) (*run, error) {
	if r := p.known(s); r != nil {
		return r, nil
	}
	release, err := p.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if r := p.known(s); r != nil {
		return r, nil // somebody else made it meanwhile
	}
	r, err := perform(ctx, s)
	if err == nil {
		p.keep(s, r)
	}
	return r, err
}

// turn waits until this caller may make a run.
func (p *Player) turn(ctx context.Context) (release func(), err error) {
	select {
	case <-p.making:
		return func() { p.making <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for another run to end: %w", ctx.Err())
	}
}

func (p *Player) known(s Spec) *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := s.key()
	i := slices.IndexFunc(p.runs, func(k *kept) bool { return k.key == key })
	if i < 0 {
		return nil
	}
	k := p.runs[i]
	p.runs = append(slices.Delete(p.runs, i, i+1), k)
	return k.run
}

// keep adds a run and drops those used longest ago (I1).
func (p *Player) keep(s Spec, r *run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs = append(p.runs, &kept{s.key(), r})
	events := 0
	for _, k := range p.runs {
		events += k.summary.Count
	}
	for len(p.runs) > 1 && (len(p.runs) > maxRuns || events > maxEvents) {
		events -= p.runs[0].summary.Count
		p.runs = slices.Delete(p.runs, 0, 1)
	}
}

// event finds the states around an event if they are not known yet.
func (p *Player) event(ctx context.Context, r *run, q Request) ([]byte, string, error) {
	e, ok := r.recorder.Event(q.Event)
	if !ok {
		return nil, "", fmt.Errorf("%w: event %d of the run is not kept", ErrRequest, q.Event)
	}
	step := r.stepOf(e)
	if q.Spec.Recording != "" {
		step = 0
	}
	release, err := p.turn(ctx) // guards the states as well
	if err != nil {
		return nil, "", err
	}
	defer release()
	if step != 0 && !r.states.covers(step) {
		if r.states, err = watch(ctx, q.Spec, step); err != nil {
			return nil, "", err
		}
	}
	out, _ := r.event(q.Event, &r.states)
	return encoded(out)
}

// Shrunk is a smaller run that still fails.
type Shrunk struct {
	Spec    Spec   `json:"spec"`
	Faults  int    `json:"faults"` // left, of
	Before  int    `json:"before"`
	Runs    int    `json:"runs"`
	Stopped string `json:"stopped"`
}

// Effort of shrinking while somebody waits.
const (
	shrinkRuns = 300
	shrinkTime = 20 * time.Second
)

func (p *Player) shrink(ctx context.Context, s Spec) ([]byte, string, error) {
	e, err := s.find()
	if err != nil {
		return nil, "", err
	}
	release, err := p.turn(ctx)
	if err != nil {
		return nil, "", err
	}
	defer release()
	o := s.options()
	o.Context = ctx
	failed := experiment.Once(e, s.Seed, o)
	if failed.Verdict != check.Violation {
		return nil, "", fmt.Errorf("%w: the run is %v, and only one that fails can be made smaller", ErrRequest, failed.Verdict)
	}
	small := experiment.Shrink(ctx, e, s.Seed, o, failed, experiment.Effort{Runs: shrinkRuns, Time: shrinkTime})
	return encoded(Shrunk{
		Spec:   Spec{Experiment: s.Experiment, Seed: small.Replay.Seed, Params: small.Replay.Params, Faults: small.Replay.Plan},
		Faults: small.Faults, Before: small.FaultsBefore, Runs: small.Runs, Stopped: small.Stopped,
	})
}
