package rpctest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// mishap is a way in which a call can fail in parts.
type mishap struct {
	name   string
	ran    int // how often the procedure took effect
	happen func(*stage)
}

// mishaps are played after the request has left the client; the procedure takes a
// minute after its effect, or nothing.
var mishaps = []struct {
	mishap
	after time.Duration
}{
	{mishap{"the request is lost", 0, func(s *stage) { s.lose(serverHost) }}, 0},
	{mishap{"the reply is lost", 1, func(s *stage) { s.arrive(serverHost); s.lose(clientHost) }}, 0},
	{mishap{"the server dies after it ran", 1, func(s *stage) { s.arrive(serverHost); s.crash(serverHost) }}, time.Minute},
	{mishap{"the server is slow", 1, func(s *stage) { s.arrive(serverHost) }}, time.Minute},
}

// Ambiguous compares what a client sees of four failures.
var Ambiguous = script{
	name: "ambiguous", hosts: "2",
	text: `What does a caller know that has no reply? In four executions the request is lost, the reply is lost, the server
dies after it handed out a banknote, and the server is slow. Up to the timeout, and in the error, the four are the same
to the client, event by event and at the same times; the banknote was handed out 0, 1, 1 and 1 times.`,
	canon: []string{"rpc.issue.ambiguous-failure"},
	play: func(p *play) error {
		var before []string
		for _, m := range mishaps {
			var seen []string
			err := p.scene(held, func(s *stage) error {
				s.meter.hear = func(e *trace.Event) {
					if e.Place.Host() == clientHost && e.Kind != trace.Drop { // what is lost on the way, nobody sees
						seen = append(seen, fmt.Sprint(e.At, e.Kind, e.Place, e.Peer, e.What))
					}
				}
				return s.single(m.mishap, m.after, &seen)
			})
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if before != nil && !slices.Equal(before, seen) {
				return fmt.Errorf("%s: the client can tell: it sees %v, and otherwise %v", m.name, seen, before)
			}
			before = seen
		}
		return demand(len(before) > 2, "the client saw nothing")
	},
}.register()

// single makes a call that is sent once, to a server without tables.
func (s *stage) single(m mishap, after time.Duration, seen *[]string) error {
	s.serve(rpc.Config{Semantics: rpc.AtLeastOnce})
	s.client(caller{cfg: rpc.ClientConfig{Tries: 1, RetryAfter: patience}})
	s.settle()
	o := s.op()
	o.After = after
	out := s.call("dispense", o)
	m.happen(s)
	s.waitOut()
	*seen = append(*seen, fmt.Sprint(out.err, out.at))
	return first(out.failed(), s.applied(o, m.ran))
}

// SingleAttempt is net/rpc's promise.
var SingleAttempt = script{
	name: "single-attempt", hosts: "2",
	text: `What does a call promise that is sent once and never again, as in Go's net/rpc? The connection breaks before the
request arrives, while the procedure runs, and before the reply arrives. The call ends in the same error each time, and
the procedure took effect 0, 1 and 1 times: at most once. But the promise is that of one call: a program that dials
again and calls again runs it twice. And without a deadline of its own, a call to a silent server is still
open after four days.`,
	canon: []string{"rpc.golib.single-attempt"},
	play: func(p *play) error {
		told := map[string]bool{}
		for _, m := range []mishap{
			{"before the request arrives", 0, func(s *stage) { s.lose(serverHost) }},
			{"while it runs", 1, func(s *stage) { s.arrive(serverHost); s.World.Shape("*", "*", lossy) }},
			{"before the reply arrives", 1, func(s *stage) { s.arrive(serverHost); s.World.Run(patience / 2); s.lose(clientHost) }},
		} {
			err := p.scene(held, func(s *stage) error { return s.broken(m, told) })
			if err != nil {
				return fmt.Errorf("broken %s: %w", m.name, err)
			}
		}
		return first(demand(len(told) == 1, "the caller can tell by the error: %v", told), p.scene(held, (*stage).silent))
	},
}.register()

// broken breaks the connection under a call, takes down what its caller is told,
// and calls again on a new connection.
func (s *stage) broken(m mishap, told map[string]bool) error {
	s.serve(rpc.Config{Semantics: rpc.AtLeastOnce})
	s.client(caller{cfg: rpc.ClientConfig{Tries: 1, RetryAfter: patience}})
	s.settle()
	o := s.op()
	o.After = patience / 4
	out := s.call("dispense", o)
	m.happen(s)
	s.waitOut()
	told[fmt.Sprint(out.err, out.at)] = true
	if err := first(out.failed(), s.applied(o, m.ran), s.sentOnce()); err != nil {
		return err
	}
	s.World.Shape("*", "*", whole)
	again := s.call("dispense", o) // by hand: a new call, and so a new XID
	s.World.Run(patience / 100)
	s.arrive(serverHost)
	s.World.Run(patience / 2)
	s.arrive(clientHost)
	return first(again.ended(), s.applied(o, m.ran+1))
}

// sentOnce demands that no request left twice.
func (s *stage) sentOnce() error {
	for id, n := range s.meter.requests { //parley:unordered any of them is wrong
		if n != 1 {
			return fmt.Errorf("call %v was sent %d times", id, n)
		}
	}
	return nil
}

// silent makes a call without a deadline to a server that takes forever.
func (s *stage) silent() error {
	s.serve(rpc.Config{Semantics: rpc.AtLeastOnce})
	s.client(caller{cfg: rpc.ClientConfig{Tries: 1, RetryAfter: 1000 * time.Hour}})
	s.settle()
	out := s.call("dispense", s.op())
	s.arrive(serverHost)
	s.lose(clientHost)
	s.World.Run(4 * 24 * time.Hour)
	return demand(!out.done, "a call without a deadline ended: %v", out.err)
}
