package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// toBegin is how long a run may take beyond what it measures.
const toBegin = 2 * time.Minute

// apart has a process of its own make one run, and ends that by killing it: a node of
// CometBFT that is stopped under load sometimes panics in its store or never returns,
// and what it measured before would be lost. No run inherits another's heap either.
func apart(system string, clients int, duration time.Duration) (float64, error) {
	dir, err := os.MkdirTemp("", "bft-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(context.Background(), duration+toBegin)
	defer stop()
	var said bytes.Buffer
	child := exec.CommandContext(ctx, self, "-systems", system, "-dir", dir, "-clients", fmt.Sprint(clients), "-duration", duration.String())
	child.Stdout, child.Stderr = &said, os.Stderr
	child.WaitDelay = time.Second
	if err := child.Run(); err != nil {
		return 0, errors.Join(err, ctx.Err())
	}
	var rate float64
	if _, err := fmt.Sscan(said.String(), &rate); err != nil {
		return 0, fmt.Errorf("it says %q, which is no rate: %w", said.String(), err)
	}
	return rate, nil
}

// report says how a run went to the process that asked for it, and exits at once:
// nothing of the subject is stopped first.
func report(rate float64, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(rate)
	os.Exit(0)
}
