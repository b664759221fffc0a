package rsm_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// twofold is a leader whose network delivers every message of commands twice:
// one copy is refused, and the other one executed, with its answer lost. Then it
// says that the session has expired, if it is to.
type twofold struct {
	env     node.Env
	refusal error
	expires bool
	opened  uint64
}

func (d *twofold) Start(env node.Env) { d.env = env }

func (d *twofold) Receive(from node.Addr, m node.Message) {
	switch q := m.(type) {
	case *rsm.Request:
		d.opened++
		d.env.Send(from, &rsm.Response{Session: d.opened})
	case *rsm.Commands:
		d.env.Send(from, &rsm.Refused{ID: q.ID, Code: rsm.CodeOf(d.refusal)})
		if d.expires {
			expired := []byte{1, byte(rsm.CodeOf(rsm.ErrSessionExpired)), 0}
			d.env.Send(from, &rsm.Executed{Session: d.opened, Outcomes: expired})
		}
	}
}

// piped runs one command through a pipeline to such a leader, and two more that
// come later.
func piped(t *testing.T, d *twofold) []*outcome {
	w := sim.New(sim.Config{Seed: 1})
	t.Cleanup(w.Close)
	w.Host("a").Serve("rsm", func() node.Node { return d })
	var p *rsm.Pipeline
	w.Host("x").Serve("client", func() node.Node {
		return &starter{func(env node.Env) *rsm.Pipeline {
			p = rsm.NewPipeline(env, []node.Addr{"a/rsm"}, rsm.PipelineConfig{Timeout: 300 * time.Millisecond, RetryAfter: 100 * time.Millisecond})
			return p
		}, nil}
	})
	var all []*outcome
	for i := range 3 {
		o := &outcome{}
		all = append(all, o)
		w.At(time.Duration(i)*time.Second, func() {
			w.Do("x/client", func(node.Node) {
				p.Execute([]byte("add"), func(result []byte, err error) { *o = outcome{true, result, err} })
			})
		})
	}
	if !w.RunUntil(allDone(all), time.Minute) {
		t.Fatal("commands without an outcome")
	}
	return all
}

type starter struct {
	make func(node.Env) *rsm.Pipeline
	pipe *rsm.Pipeline
}

func (s *starter) Start(env node.Env)                     { s.pipe = s.make(env) }
func (s *starter) Receive(from node.Addr, m node.Message) { s.pipe.Receive(from, m) }

// The same as TestOneCopysRefusalDoesNotSpeakForTheOther, for a pipeline.
func TestAPipelineDoesNotTakeOneCopysRefusalForTheOthers(t *testing.T) {
	for _, refusal := range []error{rsm.ErrNotLeader, rsm.ErrNoLeader, rsm.ErrBusy} {
		for _, o := range piped(t, &twofold{refusal: refusal}) {
			if !errors.Is(o.err, rsm.ErrUnknown) || rsm.SurelyNot(o.err) {
				t.Errorf("a command of which one copy was answered %q: %v", refusal, o.err)
			}
		}
	}
}

// A command that has left is not sent in another session, although its only
// message was refused: a copy of that may have been executed.
func TestAPipelineRepeatsNothingInAnotherSession(t *testing.T) {
	d := &twofold{refusal: rsm.ErrNotLeader, expires: true}
	for _, o := range piped(t, d) {
		if !errors.Is(o.err, rsm.ErrSessionExpired) {
			t.Errorf("a command that was refused once, and then its session expired: %v", o.err)
		}
	}
	if d.opened != 3 {
		t.Errorf("%d sessions for three commands", d.opened)
	}
}

// What every copy is refused alike was surely not executed.
func TestAPipelineIsSureOfWhatIsRefusedForGood(t *testing.T) {
	for _, refusal := range []error{rsm.ErrTooLarge, rsm.ErrRefused} {
		for _, o := range piped(t, &twofold{refusal: refusal}) {
			if !errors.Is(o.err, refusal) {
				t.Errorf("a command that was refused for good with %q: %v", refusal, o.err)
			}
		}
	}
}
