//go:build interop

package badday_test

import (
	"context"
	"errors"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

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

// client asks one host for one thing after the other and records how it ended.
type client struct {
	number   int
	store    *clientv3.Client
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
	out, err := c.send(ctx, in)
	switch {
	case err == nil:
		c.recorder.OK(id, out)
		c.learn(in, out)
	case surelyNot(err):
		c.recorder.Fail(id, err)
	default:
		c.recorder.Lose(id, err)
	}
	return err
}

// surelyNot are the refusals that say of a write that it will never happen. A
// connection that broke and a timeout say nothing.
func surelyNot(err error) bool {
	return errors.Is(err, rpctypes.ErrNoLeader) || errors.Is(err, rpctypes.ErrTooManyRequests)
}

func (c *client) send(ctx context.Context, in workload.Request) (out workload.Response, err error) {
	switch in.Verb {
	case workload.Read:
		r, err := c.store.Get(ctx, in.Key)
		if err == nil && len(r.Kvs) == 1 {
			out.Value, out.Revision = string(r.Kvs[0].Value), uint64(r.Kvs[0].ModRevision)
		}
		return out, err
	case workload.Write:
		r, err := c.store.Put(ctx, in.Key, in.Value)
		if err == nil {
			out.Revision = uint64(r.Header.Revision)
		}
		return out, err
	case workload.Delete:
		r, err := c.store.Delete(ctx, in.Key)
		if err == nil && r.Deleted > 0 {
			out.Done, out.Revision = true, uint64(r.Header.Revision)
		}
		return out, err
	case workload.CAS:
		return c.swap(ctx, in)
	}
	panic("badday: the mix asks for what the store does not have: " + in.Verb.String())
}

func (c *client) swap(ctx context.Context, in workload.Request) (out workload.Response, err error) {
	expected := clientv3.Compare(clientv3.Value(in.Key), "=", in.Expect)
	if in.Expect == "" {
		expected = clientv3.Compare(clientv3.CreateRevision(in.Key), "=", 0)
	}
	r, err := c.store.Txn(ctx).If(expected).Then(clientv3.OpPut(in.Key, in.Value)).Commit()
	if err == nil && r.Succeeded {
		out.Done, out.Revision = true, uint64(r.Header.Revision)
	}
	return out, err
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
		_, err := c.store.Get(attempt, "ready")
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
	last := &client{number: number, store: c.Connect(h), recorder: r, seen: map[string]string{}}
	for i := range mix.Keys {
		_ = last.ask(workload.Request{Verb: workload.Read, Key: keyName(mix, i)}) // the judge sees the outcome
	}
}
