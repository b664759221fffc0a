package kvtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// History is what clients of keys saw.
type History = workload.History[workload.Request, workload.Response]

// Load says what clients of keys do.
type Load struct {
	Clients int
	Each    int // operations of each client
	Mix     workload.Mix
	// Think is the longest pause between two operations, Patience how long a
	// client waits for an answer.
	Think, Patience time.Duration
	Levels          []rsm.Level // of reads
	Remote          bool        // ask from hosts of their own
	Retry           time.Duration
	Pad             int // bytes by which values are longer than they have to be
}

// clients read, write, swap and delete keys, and record what they see.
type clients struct {
	group   *Group
	load    Load
	history *workload.Recorder[workload.Request, workload.Response]
	active  int
	stopped bool
}

type client struct {
	*clients
	number   int
	left     int
	way      way
	rand     *rand.Rand
	requests *workload.Generator
	seen     map[string]kv.KeyValue // what it last read, by key
}

func (g *Group) startClients(seed uint64, l Load) *clients {
	all := &clients{group: g, load: l, history: workload.NewRecorder[workload.Request, workload.Response](g.World.Now)}
	for n := range l.Clients {
		c := &client{
			clients: all, number: n, left: l.Each, rand: draws(seed, 1, n),
			requests: workload.NewGenerator(l.Mix, seed, n), seen: map[string]kv.KeyValue{},
		}
		c.way = door{g, c.rand}
		if l.Remote {
			c.way = newRemote(g, fmt.Sprintf("x%d", n), rsm.ClientConfig{Timeout: l.Patience, RetryAfter: l.Retry}, nil)
		}
		all.active++
		c.later()
	}
	return all
}

func (c *client) later() {
	if c.left == 0 || c.stopped {
		c.active--
		return
	}
	c.left--
	c.group.World.After(between(c.rand, 1, c.load.Think), c.operate)
}

var errPatience = errors.New("no answer within the client's patience")

func (c *client) operate() {
	if c.stopped {
		c.active--
		return
	}
	in := c.requests.Next()
	op := &operation{client: c, in: in, id: c.history.Invoke(c.number, in)}
	c.group.World.After(c.load.Patience, func() { op.lose(errPatience) })
	if in.ReadOnly() {
		level := c.load.Levels[c.rand.IntN(len(c.load.Levels))]
		c.way.ask(level, &kv.Range{Key: []byte(in.Key)}, op.read)
		return
	}
	c.way.execute(c.command(in), op.executed)
}

// command is a request as a command by which it can be told in the record: by
// the value, or by the end of the interval to delete, which holds one key.
func (c *client) command(in workload.Request) *kv.Command {
	key := []byte(in.Key)
	prev := c.rand.IntN(2) == 0
	put := &kv.Put{Key: key, Value: []byte(in.Value + padding(c.load.Pad)), PrevKV: prev}
	switch in.Verb {
	case workload.Delete:
		end := fmt.Appendf(nil, "%s\x00%d", in.Key, c.history.Len()-1)
		return &kv.Command{DeleteRange: &kv.DeleteRange{Key: key, RangeEnd: end, PrevKV: prev}}
	case workload.CAS:
		return &kv.Command{Txn: &kv.Txn{
			Compare: []kv.Compare{c.expects(in)},
			Success: c.adorn(kv.Op{Put: put}), Failure: c.adorn(kv.Op{Range: &kv.Range{Key: key}}),
		}}
	}
	return &kv.Command{Put: put}
}

// expects compares by the revision that the client read beside the value, if it
// did: values are unique, so that comes to the same.
func (c *client) expects(in workload.Request) kv.Compare {
	key := []byte(in.Key)
	seen := c.seen[in.Key]
	switch {
	case in.Expect == "":
		return kv.Compare{Key: key, Target: kv.CompareVersion}
	case unpad(seen.Value) == in.Expect:
		return kv.Compare{Key: key, Target: kv.CompareMod, Number: int64(seen.ModRevision)}
	}
	return kv.Compare{Key: key, Target: kv.CompareValue, Value: []byte(in.Expect + padding(c.load.Pad))}
}

// operation is one that has begun. The first end that comes counts.
type operation struct {
	*client
	in   workload.Request
	id   int
	over bool
}

func (o *operation) read(r *kv.RangeResult, err error) {
	switch {
	case err == nil && r.Err != 0:
		o.fail(r.Err)
	case err != nil:
		o.fail(err) // a read without an answer has no effect
	case len(r.KVs) == 0:
		delete(o.seen, o.in.Key)
		o.ok(workload.Response{})
	default:
		o.seen[o.in.Key] = r.KVs[0]
		o.ok(workload.Response{Value: unpad(r.KVs[0].Value), Revision: uint64(r.KVs[0].ModRevision)})
	}
}

func (o *operation) executed(r *kv.Result, err error) {
	switch {
	case err == nil:
		o.ok(o.response(r))
	case surelyNot(err):
		o.fail(err)
	default:
		o.lose(err)
	}
}

func (o *operation) response(r *kv.Result) workload.Response {
	done := true
	switch {
	case r.DeleteRange != nil:
		done = r.DeleteRange.Count > 0
	case r.Txn != nil:
		done = r.Txn.Succeeded
	}
	if !done {
		return workload.Response{}
	}
	return workload.Response{Done: true, Revision: uint64(r.Revision)}
}

func (o *operation) ok(out workload.Response) {
	o.end(func() { o.history.OK(o.id, out) })
}

func (o *operation) fail(err error) {
	o.end(func() { o.history.Fail(o.id, err) })
}

func (o *operation) lose(err error) {
	o.end(func() { o.history.Lose(o.id, err) })
}

func (o *operation) end(record func()) {
	if o.over {
		return
	}
	o.over = true
	record()
	o.later()
}
