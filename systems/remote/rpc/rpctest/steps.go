package rpctest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// quick is a network and a disk that take the same time always, so that a crash
// at the n-th event of a call means something.
var quick = sim.Config{
	Link:  sim.Link{Delay: sim.Constant(time.Millisecond), Reorder: 1},
	Fsync: sim.Constant(300 * time.Microsecond),
}

// moments is more events than a call has.
const moments = 40

// crashAt makes a call, crashes a host after n more events, and lets it come back.
// It tells whether the call ended, in whatever incarnation of the client.
func (s *stage) crashAt(n int, host, method string, o *Op, client caller) *outcome {
	out := &outcome{}
	client.cfg.RetryAfter = 50 * time.Millisecond
	client.cfg.Resumed = func(_ node.Addr, _ string, r *rpc.Reply) { *out = outcome{done: true, seen: decoded(r)} }
	s.client(client)
	s.World.Run(20 * time.Millisecond)
	made := s.begin(method, o)
	for range n {
		s.World.Step()
	}
	s.crash(host)
	s.World.After(30*time.Millisecond, s.World.Host(host).Restart)
	s.World.Run(5 * time.Second)
	if made.done {
		return made
	}
	return out
}

// ServerSteps crashes the server at every step of a call.
var ServerSteps = script{
	name: "server-steps", hosts: "2", drawn: true, enough: 20,
	text: `Does a server keep its promise if it dies? It crashes after each event of a call, one execution for each: as the
request arrives, after the procedure ran, while the record is on its way to disk, as the reply leaves. It comes
back with what its log has, the client sends again, and gets its answer; the books say that the operation was applied
once, and the answer says so, too. Where the answer had left before the crash, the later ones are equal to it.`,
	canon: []string{"rpc.atmostonce.server-crash", "rpc.exactlyonce.server-log"},
	play: func(p *play) error {
		for n := range moments {
			err := p.scene(quick, func(s *stage) error {
				s.meter.same = true
				s.serve(rpc.Config{Semantics: rpc.AtMostOnce, Checkpoint: 1 + int(p.seed%3)})
				o := s.op()
				// The reply does not arrive before the server has died and come back.
				s.World.Shape(serverHost, clientHost, sim.Link{Delay: sim.Constant(45 * time.Millisecond)})
				out := s.crashAt(n, serverHost, "add", o, caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, Tries: 20}})
				return first(out.ended(), s.applied(o, 1), s.toldOnce(out))
			})
			if err != nil {
				return fmt.Errorf("a crash after %d events: %w", n, err)
			}
		}
		return nil
	},
}.register()

// toldOnce demands that the answer says the operation was applied for the first
// time.
func (s *stage) toldOnce(o *outcome) error {
	return demand(o.seen != nil && o.seen.Times == 1, "the answer is %v, want that of the first application", o.seen)
}

// ClientSteps crashes the client at every step of a call.
var ClientSteps = script{
	name: "client-steps", hosts: "2", drawn: true, enough: 40, sometimes: []string{"never begun", "resumed"},
	text: `Does a call end if its client dies? The client crashes after each event of a call, one execution for each. Its
log has the call before the first request leaves, so as soon as the server can have heard of a call the next
incarnation knows of it, sends it again under the same XID, and gets the answer: the operation was applied once. Only a
call that had not been logged is gone, and then nobody has heard of it.`,
	canon: []string{"rpc.exactlyonce.client-log"},
	play: func(p *play) error {
		for n := range moments {
			err := p.scene(quick, func(s *stage) error {
				s.meter.same = true
				s.serve(rpc.Config{Semantics: rpc.AtMostOnce})
				o := s.op()
				client := caller{cfg: rpc.ClientConfig{Semantics: rpc.ExactlyOnce}, resume: true}
				out := s.crashAt(n, clientHost, "add", o, client)
				p.marks.Sometimes("never begun", len(s.meter.requests) == 0)
				if len(s.meter.requests) == 0 && !out.done {
					return s.applied(o, 0)
				}
				p.marks.Sometimes("resumed", out.at == 0)
				return first(out.ended(), s.applied(o, 1), s.toldOnce(out), s.oneXID())
			})
			if err != nil {
				return fmt.Errorf("a crash after %d events: %w", n, err)
			}
		}
		return nil
	},
}.register()

// oneXID demands that all requests were copies of one.
func (s *stage) oneXID() error {
	return demand(len(s.meter.requests) == 1, "one call went out under %d XIDs", len(s.meter.requests))
}

// Outside enumerates the crashes around an effect that no log can undo.
var Outside = script{
	name: "outside", hosts: "2", drawn: true, enough: 20,
	text: `Can an effect outside the server be had exactly once? A server hands out a banknote, and crashes after each
event of the call, one execution for each. If it logs the call first and does not repeat what is in doubt, some
crash leaves the customer without a banknote; if it hands out first and logs then, some crash gives two. A third rule
cannot be right either, since before the effect and after it what is on disk is the same. The same crashes around an
addition to the server's own books, which is logged in one record with the XID, always leave it applied once.`,
	canon: []string{"rpc.exactlyonce.log-execute-gap"},
	play: func(p *play) error {
		refuse, err := p.effectsBy("dispense", rpc.Refuse)
		if err != nil {
			return err
		}
		again, err := p.effectsBy("dispense", rpc.Again)
		if err != nil {
			return err
		}
		inside, err := p.effectsBy("add", rpc.Refuse)
		if err != nil {
			return err
		}
		p.result.Stats["none, logged first"], p.result.Stats["two, logged last"] = float64(refuse[0]), float64(again[2])
		return first(
			demand(refuse[0] > 0 && refuse[2] == 0, "logged first: crashes by number of effects are %v, want some with none, and none with two", refuse),
			demand(again[2] > 0 && again[0] == 0, "logged last: crashes by number of effects are %v, want some with two, and none with none", again),
			demand(inside[1] == moments, "in the server's own books: crashes by number of effects are %v, want one always", inside))
	},
}.register()

// effectsBy counts the crashes of a call by the number of times that it took effect.
func (p *play) effectsBy(method string, d rpc.Doubt) (by [3]int, err error) {
	all, err := p.effects(method, d)
	for n, times := range all {
		if times >= len(by) {
			return by, fmt.Errorf("%s, crash after %d events: it took effect %d times", method, n, times)
		}
		by[times]++
	}
	return by, err
}

// effects returns, for a crash after each event of a call, how often it took effect.
func (p *play) effects(method string, d rpc.Doubt) (times []int, err error) {
	for n := range moments {
		err := p.scene(quick, func(s *stage) error {
			s.serve(rpc.Config{Semantics: rpc.AtMostOnce, InDoubt: d})
			o := s.op()
			o.Before, o.After = time.Millisecond, time.Millisecond
			client := caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, Tries: 20}}
			out := s.crashAt(n, serverHost, method, o, client)
			times = append(times, s.times(o.ID))
			return demand(out.done, "%s, crash after %d events: the call did not end", method, n)
		})
		if err != nil {
			return times, err
		}
	}
	return times, nil
}
