package live

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/node"
)

// env is the node.Env of one incarnation. Once the incarnation has ended its
// methods have no effect.
type env struct {
	*loop
	rand *rand.Rand
	logs map[string]*stream
	disk *files
}

func newEnv(l *loop) *env {
	var seed [32]byte
	crand.Read(seed[:]) // never fails
	return &env{
		loop: l,
		rand: rand.New(rand.NewChaCha8(seed)),
		logs: map[string]*stream{},
		disk: newFiles(l),
	}
}

func (e *env) Self() node.Addr        { return e.self }
func (e *env) Now() time.Time         { return time.Now() }
func (e *env) Elapsed() time.Duration { return time.Duration(e.clock()) }
func (e *env) Rand() *rand.Rand       { return e.rand }
func (e *env) Disk() node.FS          { return e.disk }

func (e *env) Send(to node.Addr, m node.Message) { e.sendAs(e.self, to, m) }

func (e *env) sendAs(from, to node.Addr, m node.Message) {
	if !e.ended.Load() {
		e.output.send(message{from, to, m, e.steps.cause()})
	}
}

func (e *env) SendEarly(to node.Addr, m node.Message) {
	if !e.ended.Load() {
		e.outboxes.add(message{e.self, to, m, e.steps.cause()})
	}
}

func (e *env) Durable(done func()) {
	if !e.ended.Load() {
		e.output.durable(done)
	}
}

func (e *env) Timer(fire func()) node.Timer {
	return &timer{loop: e.loop, fire: fire, place: -1}
}

func (e *env) Go(body func(node.Task)) { e.tasks.Go(body) }

func (e *env) Log(name string) node.Log {
	s, ok := e.logs[name]
	if !ok {
		s = &stream{Stream: e.host.commit.wal.Stream(e.service + "/" + name), name: name, env: e}
		e.logs[name] = s
	}
	return s
}

func (e *env) Job(work func() any, done func(any)) {
	if e.ended.Load() {
		return
	}
	cause := e.steps.cause()
	e.host.jobs.submit(string(e.self), func() {
		result := work()
		e.mailbox.complete(func() { done(result) }, cause)
	})
}

func (e *env) Note(msg string, attrs ...slog.Attr) {
	if e.ended.Load() {
		return
	}
	e.steps.note(msg, attrs)
	log := e.host.log
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	log.LogAttrs(context.Background(), slog.LevelDebug, msg,
		append([]slog.Attr{slog.String("node", string(e.self))}, attrs...)...)
}

func (e *env) Halt(err error) {
	if !e.ended.Load() {
		e.host.fail(fmt.Errorf("%s halted the host: %w", e.self, err))
	}
}
