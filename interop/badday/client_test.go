//go:build interop

package badday_test

import (
	"context"
	"time"

	"github.com/parleysystems/parley/interop/hosts"
	"github.com/parleysystems/parley/kernel/workload"
)

type (
	history  = workload.History[workload.Request, workload.Response]
	recorder = workload.Recorder[workload.Request, workload.Response]
)

const (
	patience = 2 * time.Second // of a client with one request
	retry    = 20 * time.Millisecond
)

// store is a client's connection, whichever protocol it speaks.
type store interface {
	send(ctx context.Context, in workload.Request) (workload.Response, error)
	// ready asks for a read at the host, which tells that it serves.
	ready(ctx context.Context) error
	// surelyNot tells of an error that a write will never happen.
	surelyNot(err error) bool
}

// client asks one host for one thing after the other and records how it ended.
type client struct {
	number   int
	store    store
	recorder *recorder
	requests *workload.Generator
	seen     map[string]string // the newest value known to this client, by key
}

// run asks until ctx ends. A request that is under way then is finished.
func (c *client) run(ctx context.Context) {
	c.seen = map[string]string{}
	for ctx.Err() == nil {
		in := c.requests.Next()
		if in.Verb == workload.CAS {
			in.Expect = c.seen[in.Key] // a guess that has a chance
		}
		if err := c.ask(in); err != nil {
			c.awaitHost(ctx)
		}
	}
}

func (c *client) ask(in workload.Request) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	id := c.recorder.Invoke(c.number, in)
	out, err := c.store.send(ctx, in)
	switch {
	case err == nil:
		c.recorder.OK(id, out)
		c.learn(in, out)
	case c.store.surelyNot(err):
		c.recorder.Fail(id, err)
	default:
		c.recorder.Lose(id, err)
	}
	return err
}

func (c *client) learn(in workload.Request, out workload.Response) {
	switch {
	case in.Verb == workload.Read:
		c.seen[in.Key] = out.Value
	case in.Verb == workload.Write, out.Done:
		c.seen[in.Key] = in.Value
	}
}

// awaitHost keeps a client from asking a host that is down over and over: each
// answer that is lost makes the history harder to judge.
func (c *client) awaitHost(ctx context.Context) {
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, patience)
		err := c.store.ready(attempt)
		cancel()
		if err == nil {
			return
		}
		pause(ctx, retry)
	}
}

// pause waits for d or the end of ctx. It is the clock of faults, never a stand-in
// for a condition.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// everyKey reads each key once from that host, as a part of the history.
func everyKey(c *hosts.Cluster, h *hosts.Host, r *recorder, mix workload.Mix, number int) {
	last := &client{number: number, store: etcdStore{c.Connect(h)}, recorder: r, seen: map[string]string{}}
	for i := range mix.Keys {
		_ = last.ask(workload.Request{Verb: workload.Read, Key: keyName(mix, i)}) // the judge sees the outcome
	}
}
