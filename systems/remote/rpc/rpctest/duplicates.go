package rpctest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Shapes of the network: everything is lost, nothing is.
var (
	lossy = sim.Link{Loss: 1}
	whole = sim.Link{}
)

// LateCopy shows what sending again can do.
var LateCopy = script{
	name: "late-copy", hosts: "2",
	text: `What if a request is sent again to a server that does not know it? A put is delayed, sent again and
acknowledged; the client puts something else; then the delayed copy arrives, and the older value stands. A debit whose
reply is lost is sent again, by the stub or by a program that was told of a timeout, and is made twice. With a server
that keeps tables the same messages do no harm, as long as the copies are the stub's: what a program calls again is a
new call.`,
	canon: []string{
		"rpc.atleastonce.duplicate-and-reordered-execution", "rpc.claim.reissue-non-idempotent",
		"rpc.atmostonce.xid-filter",
	},
	play: func(p *play) error {
		for _, semantics := range []rpc.Semantics{rpc.AtLeastOnce, rpc.AtMostOnce} {
			filtered := semantics == rpc.AtMostOnce
			for _, act := range []func(*stage, bool) error{(*stage).putTwice, (*stage).debitTwice, (*stage).reissue} {
				err := p.scene(held, func(s *stage) error {
					s.meter.same = filtered
					s.serve(rpc.Config{Semantics: semantics})
					s.client(caller{cfg: rpc.ClientConfig{Semantics: semantics, RetryAfter: patience}})
					s.settle()
					return act(s, filtered)
				})
				if err != nil {
					return fmt.Errorf("tables %v: %w", filtered, err)
				}
			}
		}
		return nil
	},
}.register()

func (s *stage) putTwice(filtered bool) error {
	a, b := s.op(), s.op()
	a.Value, b.Value = 10, 20
	one := s.call("put", a) // its first copy stays on its way
	s.waitOut()
	s.World.Deliver(1) // the second
	s.settle()
	s.arrive(clientHost)
	second := s.call("put", b)
	s.World.Deliver(1)
	s.settle()
	s.arrive(clientHost)
	if err := first(one.ended(), second.ended(), demand(s.books.Values["k"] == 20, "k is %d after the second put", s.books.Values["k"])); err != nil {
		return err
	}
	s.arrive(serverHost) // the first copy of the first put
	want, times := int64(10), 2
	if filtered {
		want, times = 20, 1
	}
	return first(s.applied(a, times), demand(s.books.Values["k"] == want, "k is %d after the late copy, want %d", s.books.Values["k"], want))
}

func (s *stage) debitTwice(filtered bool) error {
	o := s.op()
	out := s.call("add", o)
	s.arrive(serverHost)
	s.lose(clientHost)
	s.waitOut()
	s.arrive(serverHost)
	s.arrive(clientHost)
	times := 2
	if filtered {
		times = 1
	}
	return first(out.ended(), s.applied(o, times))
}

// reissue makes the call again in the program, once the stub has given up.
func (s *stage) reissue(bool) error {
	o := s.op()
	out := s.call("add", o)
	s.arrive(serverHost)
	s.lose(clientHost)
	for range 4 {
		s.waitOut()
		s.lose(serverHost)
	}
	s.waitOut()
	if err := first(out.failed(), s.applied(o, 1)); err != nil {
		return err
	}
	again := s.call("add", o)
	s.flow()
	return first(again.ended(), s.applied(o, 2))
}

// Pending has a copy arrive while the procedure runs.
var Pending = script{
	name: "pending", hosts: "2",
	text: `What if a copy arrives while its call runs? A procedure takes five seconds, the client sends again after each
one. Every copy is held until the procedure is through: one banknote is handed out, and each copy is
answered, with the same answer. A server without tables hands out one for every copy that came before the first
reply.`,
	canon: []string{"rpc.atmostonce.pending-flag"},
	play: func(p *play) error {
		for _, doubt := range []rpc.Doubt{rpc.Refuse, rpc.Again} {
			err := p.scene(held, func(s *stage) error {
				s.meter.same = true
				s.serve(rpc.Config{Semantics: rpc.AtMostOnce, InDoubt: doubt})
				return s.whileItRuns(rpc.AtMostOnce, 1)
			})
			if err != nil {
				return err
			}
		}
		return p.scene(held, func(s *stage) error {
			s.serve(rpc.Config{Semantics: rpc.AtLeastOnce})
			return s.whileItRuns(rpc.AtLeastOnce, 4)
		})
	},
}.register()

func (s *stage) whileItRuns(semantics rpc.Semantics, want int) error {
	s.client(caller{cfg: rpc.ClientConfig{Semantics: semantics, RetryAfter: patience, Tries: 10}})
	s.settle()
	o := s.op()
	o.Before = 3*patience + patience/2
	out := s.call("dispense", o)
	s.arrive(serverHost)
	for range 3 {
		s.waitOut()
		s.arrive(serverHost)
	}
	s.World.Run(4 * patience)
	s.flow()
	if err := s.applied(o, want); err != nil {
		return err
	}
	if semantics == rpc.AtMostOnce && out.ended() != nil {
		return out.ended() // without tables, the copies that came last still run
	}
	for id, n := range s.meter.replies { //parley:unordered any of them is wrong
		if n < 4 {
			return fmt.Errorf("call %v came in 4 copies and was answered %d times", id, n)
		}
	}
	return nil
}

// PastTheMark has a copy arrive that nobody remembers any more.
var PastTheMark = script{
	name: "past-the-mark", hosts: "2",
	text: `May a server forget a call whose reply the client has? A copy of a debit stays in the network while its client
goes on: the next request says that the earlier replies have come, and the server throws the table's entries away. Then
the copy arrives. The server kept the mark itself, so the copy is at or below it and is refused; the debit was made
once. That holds as well after the server was restarted, and after its log was replaced by a checkpoint.`,
	canon: []string{"rpc.atmostonce.discard-by-watermark"},
	play: func(p *play) error {
		for _, c := range []struct {
			crash      bool
			checkpoint int
		}{{false, 0}, {true, 0}, {true, 2}} {
			err := p.scene(held, func(s *stage) error {
				s.serve(rpc.Config{Semantics: rpc.AtMostOnce, Checkpoint: c.checkpoint})
				return s.pastTheMark(c.crash)
			})
			if err != nil {
				return fmt.Errorf("with a crash %v, a checkpoint every %d records: %w", c.crash, c.checkpoint, err)
			}
		}
		return nil
	},
}.register()

func (s *stage) pastTheMark(crash bool) error {
	s.client(caller{cfg: rpc.ClientConfig{Semantics: rpc.AtMostOnce, RetryAfter: patience}})
	s.settle()
	o := s.op()
	debit := s.call("add", o)
	s.waitOut()
	s.World.Deliver(1) // the copy; the request itself stays on its way
	s.settle()
	s.arrive(clientHost)
	for range 3 {
		next := s.call("add", s.op())
		s.World.Deliver(1)
		s.settle()
		s.arrive(clientHost)
		if err := next.ended(); err != nil {
			return err
		}
	}
	if calls, _ := s.srv.Remembers(); calls > 1 {
		return fmt.Errorf("the server remembers %d calls, the client has had the replies to all but the last", calls)
	}
	if crash {
		s.crash(serverHost)
		s.World.Run(time.Second)
		s.restart(serverHost)
	}
	s.arrive(serverHost)
	return first(debit.ended(), s.applied(o, 1))
}
