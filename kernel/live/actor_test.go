package live_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Word is the one message of these tests.
type Word struct {
	Text   string `wire:"1"`
	Number uint64 `wire:"2"`
	Bulk   []byte `wire:"3"`
}

var _ = wire.Register[Word]("live_test.Word")

// actor is a node made of functions.
type actor struct {
	start   func(node.Env)
	receive func(env node.Env, from node.Addr, m *Word)
	env     node.Env
}

func (a *actor) Start(env node.Env) {
	a.env = env
	if a.start != nil {
		a.start(env)
	}
}

func (a *actor) Receive(from node.Addr, m node.Message) {
	if a.receive != nil {
		a.receive(a.env, from, m.(*Word))
	}
}

func serve(t testing.TB, h *live.Host, service string, a *actor) {
	t.Helper()
	if err := h.Serve(service, func() node.Node { return a }); err != nil {
		t.Fatal(err)
	}
}

// do runs f on the loop and waits for it.
func do(t testing.TB, h *live.Host, service string, f func(env node.Env)) {
	t.Helper()
	done := make(chan struct{})
	err := h.Do(service, func(n node.Node) {
		f(n.(*actor).env)
		close(done)
	})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "a function on the loop", done)
}

func echo() *actor {
	return &actor{receive: func(env node.Env, from node.Addr, m *Word) { env.Send(from, m) }}
}

// sink hands on what it receives.
func sink() (*actor, chan *Word) {
	c := make(chan *Word, 1<<16)
	return &actor{receive: func(_ node.Env, _ node.Addr, m *Word) { c <- m }}, c
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
