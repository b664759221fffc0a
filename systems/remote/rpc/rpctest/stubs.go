package rpctest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Path follows one call.
var Path = script{
	name: "path", hosts: "2",
	text: `Which way does a call go? The client's stub packs the arguments, one request leaves the client and arrives at the
server, whose dispatcher and skeleton call the procedure; one reply goes the same way back, and the caller, which
was blocked meanwhile, goes on. These are the events of the run, in this order, with nothing between client and server
but the two messages; the bytes of arguments and result are the same at both ends.`,
	canon: []string{"rpc.path.stub-to-stub"},
	play: func(p *play) error {
		return p.scene(quick, func(s *stage) error {
			var path []string
			var args, results []string
			s.serve(rpc.Config{Semantics: rpc.AtLeastOnce})
			s.client(caller{cfg: rpc.ClientConfig{Semantics: rpc.AtLeastOnce}})
			s.World.Run(time.Second)
			s.meter.hear = func(e *trace.Event) {
				switch m := e.Detail.(type) {
				case *rpc.Request:
					args = append(args, string(m.Args))
				case *rpc.Reply:
					results = append(results, string(m.Result))
				default:
					return
				}
				path = append(path, fmt.Sprintf("%v %s %s", e.Kind, strings.TrimPrefix(e.What, "rpc."), e.Place.Host()))
			}
			o := s.op()
			out := s.call("add", o)
			blocked := !out.done
			s.World.Run(time.Second)
			want := []string{"send Request c", "receive Request s", "send Reply s", "receive Reply c"}
			return first(out.ended(), s.applied(o, 1),
				demand(blocked, "the caller was not blocked"),
				demand(slices.Equal(path, want), "the call went %v, want %v", path, want),
				s.sameBytes(o, args, results))
		})
	},
}.register()

// sameBytes demands that what arrived is what was packed.
func (s *stage) sameBytes(o *Op, args, results []string) error {
	packed, err1 := wire.AppendBody(nil, o)
	result, err2 := wire.AppendBody(nil, &Seen{Value: 1, Times: 1})
	return first(err1, err2,
		demand(slices.Equal(args, []string{string(packed), string(packed)}), "arguments were %x on the way, the caller has %x", args, packed),
		demand(slices.Equal(results, []string{string(result), string(result)}), "results were %x on the way, the server has %x", results, result))
}

// Three procedures of different signatures.
type (
	// Word is the arguments of the first.
	Word struct {
		Text string `wire:"1"`
	}
	// Length is the result of the first.
	Length struct {
		N uint64 `wire:"1"`
	}
	// Numeral is the arguments of the second, and the result of the third.
	Numeral struct {
		N int64 `wire:"1"`
	}
	// Pair is the result of the second, and the arguments of the third.
	Pair struct {
		Both []int64 `wire:"1"`
	}
)

func length(w *Word) (*Length, error) { return &Length{uint64(len(w.Text))}, nil }
func halve(n *Numeral) (*Pair, error) { return &Pair{Both: []int64{n.N / 2, n.N - n.N/2}}, nil }
func add(p *Pair) (*Numeral, error) {
	if len(p.Both) != 2 {
		return nil, errors.New("not a pair")
	}
	return &Numeral{p.Both[0] + p.Both[1]}, nil
}

// Dispatch calls what is there, what is not, and with what it does not take.
var Dispatch = script{
	name: "dispatch", hosts: "2", drawn: true, enough: 20,
	text: `Does a call reach the procedure that it names? A server has three, of different signatures; two servers of other builds
add them in another order, and the answers are the same, for they are found by name. A name that no
procedure has, and arguments that are none of its type, drawn at random and as parts and mixtures of good ones, are
answered with an error that says the procedure did not run, and the server goes on.`,
	canon: []string{"rpc.server.dispatcher-and-skeleton"},
	play: func(p *play) error {
		for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
			err := p.scene(sim.Config{}, func(s *stage) error {
				ran := 0
				add := []func(*rpc.Server){
					func(srv *rpc.Server) { rpc.Handle(srv, "length", counted(&ran, length)) },
					func(srv *rpc.Server) { rpc.Handle(srv, "halve", counted(&ran, halve)) },
					func(srv *rpc.Server) { rpc.Handle(srv, "add", counted(&ran, add)) },
				}
				s.World.Host(serverHost).Serve("books", func() node.Node {
					srv := rpc.NewServer(rpc.Config{Semantics: rpc.AtMostOnce})
					for _, i := range order {
						add[i](srv)
					}
					return srv
				})
				return p.dispatch(s, &ran)
			})
			if err != nil {
				return fmt.Errorf("procedures added in the order %v: %w", order, err)
			}
		}
		return nil
	},
}.register()

// counted counts the calls of a procedure.
func counted[A, R any](n *int, f func(*A) (*R, error)) func(*A) (*R, error) {
	return func(a *A) (*R, error) { *n++; return f(a) }
}

// dispatch makes good calls and bad ones in turn.
func (p *play) dispatch(s *stage, ran *int) error {
	var err error
	done := false
	s.client(caller{main: func(t node.Task, c *rpc.Client) { err = p.callAll(t, c, ran); done = true }})
	s.World.Run(time.Minute)
	return first(err, demand(done, "liveness: a call did not end"))
}

func (p *play) callAll(t node.Task, c *rpc.Client, ran *int) error {
	for i := range 8 {
		n := int64(p.knobs.Int(fmt.Sprint("n", i), 0, 1<<40)) - 1<<39
		w, err1 := rpc.Call[Word, Length](t, c, serverAddr, "length", &Word{strings.Repeat("x", int(n&15))})
		h, err2 := rpc.Call[Numeral, Pair](t, c, serverAddr, "halve", &Numeral{n})
		if err := first(err1, err2, demand(w != nil && w.N == uint64(n&15), "length is %v, want %d", w, n&15)); err != nil {
			return err
		}
		a, err := rpc.Call[Pair, Numeral](t, c, serverAddr, "add", h)
		if err != nil || a.N != n {
			return fmt.Errorf("halves of %d add up to %v: %w", n, a, err)
		}
		before := *ran
		if err := p.refused(t, c, i); err != nil {
			return err
		}
		if *ran != before {
			return errors.New("a procedure ran for a call that was refused")
		}
	}
	return nil
}

// refused makes a call that no procedure can take.
func (p *play) refused(t node.Task, c *rpc.Client, i int) error {
	method, args := "halve", make([]byte, p.knobs.Int(fmt.Sprint("garbage", i), 1, 40))
	for j := range args {
		args[j] = byte(t.Env().Rand().Uint32())
	}
	want := rpc.BadArguments
	switch p.knobs.Int(fmt.Sprint("kind", i), 0, 2) {
	case 0:
		method, want = string(args), rpc.NoMethod
	case 1:
		method, args = "add", []byte{0x0a, 0x80} // a list whose length is cut off
	}
	if want == rpc.BadArguments && wire.UnmarshalBody(args, new(Numeral)) == nil {
		return nil // by chance, they are of its type
	}
	_, err := c.Do(t, serverAddr, method, args)
	var e *rpc.Error
	if !errors.As(err, &e) || e.Status != want || !e.SurelyNot() {
		return fmt.Errorf("%q with arguments %x ended in %v, want %v", method, args, err, want)
	}
	return nil
}
