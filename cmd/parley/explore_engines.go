package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/knockout/mutant"
	"github.com/parleysystems/parley/lab/console"
	"github.com/parleysystems/parley/lab/console/pipe"
	"github.com/parleysystems/parley/lab/console/player"
)

// engines makes runs with rules taken out: one program with a switch for each
// rule, built when it is first needed, and a process for each rule that somebody
// looks at.
type engines struct {
	ctx    context.Context // ends with the console, and a build with it
	cancel context.CancelFunc

	mu      sync.Mutex // guards what follows
	build   *build     // nil until one is needed
	running map[int]*pipe.Client
}

// build is one attempt to build the program. Who needs it waits for done; it goes
// on if nobody does, since somebody will.
type build struct {
	began    time.Time
	compiled atomic.Int64  // packages so far
	done     chan struct{} // closed when what follows is set
	dir      string
	program  string
	rules    []*mutant.Rule
	err      error
}

func newEngines() *engines {
	e := &engines{running: map[int]*pipe.Client{}}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

// maxEngines bounds the processes: the others are ended.
const maxEngines = 4

// without returns who makes runs without the rule of an item.
func (e *engines) without(ctx context.Context, item string) (console.Asker, error) {
	b, err := e.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: take %s out: %w", player.ErrRequest, item, err)
	}
	rule := ruleOf(b.rules, item)
	if rule == nil {
		return nil, fmt.Errorf("%w: no statement that enforces %s can be taken out", player.ErrRequest, item)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.running[rule.Number]; c != nil {
		return c, nil
	}
	for n, c := range e.running {
		if len(e.running) < maxEngines {
			break
		}
		c.Close()
		delete(e.running, n)
	}
	c := &pipe.Client{Program: b.program, Env: []string{mutant.Variable + "=" + strconv.Itoa(rule.Number)}}
	e.running[rule.Number] = c
	return c, nil
}

// ready waits for the program, building it if need be.
func (e *engines) ready(ctx context.Context) (*build, error) {
	e.mu.Lock()
	if e.build == nil {
		e.build = &build{began: time.Now(), done: make(chan struct{})}
		go e.build.run(e.ctx)
	}
	b := e.build
	e.mu.Unlock()
	select {
	case <-b.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if b.err != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.build == b {
			e.build = nil // the next one may find the sources mended
		}
	}
	return b, b.err
}

// progress says how far the build is, "" if there is none under way.
func (e *engines) progress() string {
	e.mu.Lock()
	b := e.build
	e.mu.Unlock()
	if b == nil {
		return ""
	}
	select {
	case <-b.done:
		return ""
	default:
	}
	return fmt.Sprintf("%d packages compiled, %v", b.compiled.Load(), time.Since(b.began).Truncate(time.Second))
}

// ruleOf returns the rule of an item that its knock-out on record took out, so
// that the run on record shows what it did; else the item's first.
func ruleOf(rules []*mutant.Rule, item string) *mutant.Rule {
	k := canon.Knockout{Item: item}
	if l, err := onRecord(); err == nil {
		if of := l.Knockout(item); of != nil {
			k = *of
		}
	}
	return recorded(rules, k)
}

var onRecord = sync.OnceValues(canon.Load)

const playerProgram = "./lab/console/engine"

// sources returns the root of the checkout, if it can be built from.
func sources() (string, error) {
	root, err := checkout()
	if err == nil {
		_, err = exec.LookPath("go")
	}
	return root, err
}

func (b *build) run(ctx context.Context) {
	defer close(b.done)
	b.err = b.make(ctx)
}

func (b *build) make(ctx context.Context) error {
	root, err := sources()
	if err != nil {
		return err
	}
	rules, err := mutant.Find(root)
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "parley-explore-"); err != nil {
		return err
	}
	b.program = filepath.Join(b.dir, "engine")
	b.rules, err = mutant.Build{
		Root: root, Program: playerProgram, Output: b.program, Progress: func(string) { b.compiled.Add(1) },
	}.Kept(ctx, rules)
	return err
}

// close ends all processes and removes the program.
func (e *engines) close() {
	e.cancel()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.running {
		c.Close()
	}
	if e.build == nil {
		return
	}
	<-e.build.done
	if e.build.dir != "" {
		_ = os.RemoveAll(e.build.dir) // what stays behind is in the directory for such things
	}
}
