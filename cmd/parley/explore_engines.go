package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/parleysystems/parley/internal/knockout/mutant"
	"github.com/parleysystems/parley/lab/console"
	"github.com/parleysystems/parley/lab/console/pipe"
	"github.com/parleysystems/parley/lab/console/player"
)

// engines makes runs with rules taken out: one program with a switch for each
// rule, built when it is first needed, and a process for each rule that somebody
// looks at.
type engines struct {
	mu      sync.Mutex // guards what follows; held while the program is built
	dir     string
	program string
	rules   []*mutant.Rule
	running map[int]*pipe.Client
}

func newEngines() *engines { return &engines{running: map[int]*pipe.Client{}} }

// maxEngines bounds the processes: the others are ended.
const maxEngines = 4

// without returns who makes runs without the rule of an item.
func (e *engines) without(ctx context.Context, item string) (console.Asker, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.program == "" {
		if err := e.build(ctx); err != nil {
			return nil, fmt.Errorf("%w: take %s out: %w", player.ErrRequest, item, err)
		}
	}
	rule := ruleOf(e.rules, item)
	if rule == nil {
		return nil, fmt.Errorf("%w: no statement that enforces %s can be taken out", player.ErrRequest, item)
	}
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
	c := &pipe.Client{Program: e.program, Env: []string{mutant.Variable + "=" + strconv.Itoa(rule.Number)}}
	e.running[rule.Number] = c
	return c, nil
}

// ruleOf returns the first rule of an item.
func ruleOf(rules []*mutant.Rule, item string) *mutant.Rule {
	i := slices.IndexFunc(rules, func(r *mutant.Rule) bool { return slices.Contains(r.IDs, item) })
	if i < 0 {
		return nil
	}
	return rules[i]
}

const playerProgram = "./lab/console/engine"

// sources returns the root of the checkout, if it can be built from.
func sources() (string, error) {
	root, err := checkout()
	if err == nil {
		_, err = exec.LookPath("go")
	}
	return root, err
}

func (e *engines) build(ctx context.Context) (err error) {
	root, err := sources()
	if err != nil {
		return err
	}
	if e.rules, err = mutant.Find(root); err != nil {
		return err
	}
	if e.dir == "" {
		if e.dir, err = os.MkdirTemp("", "parley-explore-"); err != nil {
			return err
		}
	}
	program := filepath.Join(e.dir, "engine")
	if e.rules, err = mutant.BuildMost(ctx, root, e.dir, e.rules, playerProgram, program); err != nil {
		return err
	}
	e.program = program
	return nil
}

// close ends all processes and removes the program.
func (e *engines) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.running {
		c.Close()
	}
	if e.dir != "" {
		_ = os.RemoveAll(e.dir) // what stays behind is in the directory for such things
	}
}
