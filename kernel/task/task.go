package task

import (
	"fmt"
	"iter"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/parleysystems/parley/node"
)

// Set is the tasks and pending calls of one incarnation of one node. It is
// used on the node's loop only.
type Set struct {
	env     node.Env
	sendAs  func(from, to node.Addr, m node.Message)
	calls   map[string]*pending
	tasks   map[uint64]*coroutine
	ready   []*coroutine
	started uint64
	calling uint64
	stopped bool
}

type pending struct {
	answer node.Message
	wake   func()
}

// NewSet returns an empty set. sendAs is Env.Send with the sender's address
// given, which calls need.
func NewSet(env node.Env, sendAs func(from, to node.Addr, m node.Message)) *Set {
	return &Set{env: env, sendAs: sendAs}
}

// Go starts a task and runs it to its first wait.
func (s *Set) Go(body func(node.Task)) {
	if s.stopped {
		return
	}
	s.started++
	c := &coroutine{set: s, id: s.started}
	c.next, c.stop = iter.Pull(c.run(body))
	if s.tasks == nil {
		s.tasks = map[uint64]*coroutine{}
	}
	s.tasks[c.id] = c
	c.resume()
}

// Deliver hands a message to the task that waits for it under the call part of
// its address. A message that nobody waits for any more is dropped.
func (s *Set) Deliver(call string, m node.Message) {
	p, ok := s.calls[call]
	if !ok {
		return
	}
	delete(s.calls, call)
	p.answer = m
	p.wake()
}

// Run resumes the tasks that were woken, in the order of their waking, until
// none is left. The kernel calls it at the end of every event of the node: a
// task never runs in the middle of a handler that woke it.
func (s *Set) Run() {
	for i := 0; i < len(s.ready); i++ {
		if c := s.ready[i]; !s.stopped {
			c.resume()
		}
	}
	clear(s.ready)
	s.ready = s.ready[:0]
}

// Len returns the number of tasks that have not ended.
func (s *Set) Len() int { return len(s.tasks) }

// Stop unwinds all tasks, oldest first; their deferred functions run. What
// these do to the Env must have no effect: the kernel ends the incarnation
// first.
func (s *Set) Stop() {
	s.stopped = true
	for _, id := range slices.Sorted(maps.Keys(s.tasks)) {
		c := s.tasks[id]
		delete(s.tasks, id)
		c.stop()
	}
	s.calls = nil
}

// coroutine is one task: a goroutine in form, of which at most one runs at a
// time, and only while resume waits for it.
type coroutine struct {
	set   *Set
	id    uint64
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

// Panic is what a panic of a task becomes on the node's loop, where the task's
// own stack is gone.
type Panic struct {
	Value any
	Stack []byte // of the task, as debug.Stack gives it
}

func (p *Panic) Error() string { return fmt.Sprintf("in a task: %v", p.Value) }

// unwound is what a wait panics with when the incarnation has ended.
type unwound struct{}

func (c *coroutine) run(body func(node.Task)) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		c.yield = yield
		defer func() {
			switch p := recover().(type) {
			case nil, unwound:
			default:
				panic(&Panic{Value: p, Stack: debug.Stack()})
			}
		}()
		body(c)
	}
}

func (c *coroutine) resume() {
	if _, more := c.next(); !more {
		delete(c.set.tasks, c.id)
	}
}

func (c *coroutine) Env() node.Env { return c.set.env }

// Await suspends the coroutine until wake is called; a wake within arm lets it
// go on at once.
func (c *coroutine) Await(arm func(wake func())) {
	if c.set.stopped {
		panic(unwound{})
	}
	woken, waiting := false, false
	arm(func() {
		if woken || c.set.stopped {
			return
		}
		woken = true
		if waiting {
			c.set.ready = append(c.set.ready, c)
		}
	})
	if woken {
		return
	}
	waiting = true
	if !c.yield(struct{}{}) {
		panic(unwound{})
	}
}

func (c *coroutine) Sleep(d time.Duration) {
	c.Await(func(wake func()) { c.set.env.Timer(wake).Reset(d) })
}

func (c *coroutine) Call(to node.Addr, request node.Message, timeout time.Duration) (node.Message, error) {
	s := c.set
	p := &pending{}
	id := s.nextCall()
	timer := s.env.Timer(func() { p.wake() })
	c.Await(func(wake func()) {
		p.wake = wake
		s.calls[id] = p
		timer.Reset(timeout)
		s.sendAs(s.env.Self()+node.Addr("#"+id), to, request)
	})
	timer.Stop()
	delete(s.calls, id)
	if p.answer == nil {
		return nil, node.ErrTimeout
	}
	return p.answer, nil
}

// nextCall returns a name that no earlier incarnation used either, but for a
// chance of one in 2^63, so that an answer to a call of the past is not taken
// for one of the present.
func (s *Set) nextCall() string {
	if s.calls == nil {
		s.calls = map[string]*pending{}
		s.calling = s.env.Rand().Uint64() >> 1
	}
	s.calling++
	return strconv.FormatUint(s.calling, 36)
}
