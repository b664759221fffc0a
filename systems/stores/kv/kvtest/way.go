package kvtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// way is how a client's requests get to the replicas.
type way interface {
	execute(c *kv.Command, done func(*kv.Result, error))
	ask(level rsm.Level, q *kv.Range, done func(*kv.RangeResult, error))
}

var errDown = errors.New("the host is down")

// door enters at some replica, as the clients of a door do.
type door struct {
	group *Group
	rand  *rand.Rand
}

func (d door) host() string { return d.group.hosts[d.rand.IntN(len(d.group.hosts))] }

func (d door) execute(c *kv.Command, done func(*kv.Result, error)) {
	up := d.group.do(d.host(), func(m *member) {
		if err := m.steward.Admit(c.Grows()); err != nil {
			done(nil, err)
			return
		}
		m.Propose(c.Encode(), func(b []byte, err error) { done(outcome(b, err)) })
	})
	if !up {
		done(nil, fmt.Errorf("%w: %w", errDown, rsm.ErrNoLeader))
	}
}

func (d door) ask(level rsm.Level, q *kv.Range, done func(*kv.RangeResult, error)) {
	up := d.group.do(d.host(), func(m *member) {
		m.Read(level, func(err error) {
			if err != nil {
				done(nil, err)
				return
			}
			done(m.Query(q).(*kv.RangeResult), nil)
		})
	})
	if !up {
		done(nil, errDown)
	}
}

// outcome reads a result; a refusal is an error.
func outcome(b []byte, err error) (*kv.Result, error) {
	if err != nil {
		return nil, err
	}
	r, err := kv.DecodeResult(b)
	if err == nil && r.Err != 0 {
		err = r.Err
	}
	return r, err
}

// surelyNot tells that a command had no effect and never will.
func surelyNot(err error) bool {
	var refusal kv.Refusal
	return rsm.SurelyNot(err) || errors.As(err, &refusal)
}

// remote is a host without a replica, from where rsm.Client asks.
type remote struct {
	group  *Group
	addr   node.Addr
	client *rsm.Client // of this incarnation
	env    node.Env
	run    func(node.Task) // what the host does by itself, or nil
	cfg    rsm.ClientConfig
}

// newRemote makes a host.
func newRemote(g *Group, host string, cfg rsm.ClientConfig, run func(*remote, node.Task)) *remote {
	r := &remote{group: g, addr: node.Join(host, "client"), cfg: cfg}
	if run != nil {
		r.run = func(t node.Task) { run(r, t) }
	}
	g.World.Host(host).Serve("client", func() node.Node { return r })
	return r
}

// Start makes the client.
func (r *remote) Start(env node.Env) {
	r.env, r.client = env, rsm.NewClient(env, r.group.addrs, r.cfg)
	if r.run != nil {
		env.Go(r.run)
	}
}

// Receive gets nothing: answers go to the calls of tasks.
func (*remote) Receive(node.Addr, node.Message) {}

// do executes a command in a task.
func (r *remote) do(t node.Task, c *kv.Command) (*kv.Result, error) {
	return outcome(r.client.Execute(t, c.Encode()))
}

// get reads a key in a task.
func (r *remote) get(t node.Task, key string) (*kv.RangeResult, error) {
	answer, err := r.client.Ask(t, rsm.Linearizable, &kv.Range{Key: []byte(key)})
	if err != nil {
		return nil, err
	}
	return answer.(*kv.RangeResult), nil
}

func (r *remote) execute(c *kv.Command, done func(*kv.Result, error)) {
	r.group.World.Do(r.addr, func(node.Node) {
		r.env.Go(func(t node.Task) { done(r.do(t, c)) })
	})
}

func (r *remote) ask(level rsm.Level, q *kv.Range, done func(*kv.RangeResult, error)) {
	r.group.World.Do(r.addr, func(node.Node) {
		r.env.Go(func(t node.Task) {
			answer, err := r.client.Ask(t, level, q)
			if err != nil {
				done(nil, err)
				return
			}
			done(answer.(*kv.RangeResult), nil)
		})
	})
}

// draws returns a source of a client's own.
func draws(seed uint64, kind, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(kind)<<32|uint64(number)))
}

// between draws a duration.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(max(most-least, 1))))
}
