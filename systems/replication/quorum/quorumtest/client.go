package quorumtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/multimaster"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

type recorder = workload.Recorder[workload.Request, workload.Response]

// client asks for one thing after the other.
type client struct {
	number   int
	next     func() workload.Request
	count    int
	pause    time.Duration // on average, between two requests
	recorder *recorder
	// connect makes the store for an incarnation.
	connect func(node.Env) store

	env   node.Env
	store store
	ended bool
	// done and took count the operations that went well, and how long they have
	// taken in all; failed counts the others.
	done   map[workload.Verb]int
	took   map[workload.Verb]time.Duration
	failed int
}

// store is what a client asks.
type store interface {
	read(t node.Task, key string) (string, error)
	write(t node.Task, key, value string) error
	receive(from node.Addr, m node.Message)
}

// Start begins to ask.
func (c *client) Start(env node.Env) {
	c.env, c.store = env, c.connect(env)
	c.done, c.took = map[workload.Verb]int{}, map[workload.Verb]time.Duration{}
	env.Go(func(t node.Task) {
		for range c.count {
			t.Sleep(time.Duration(env.Rand().Int64N(int64(2 * c.pause))))
			c.ask(t, c.next())
		}
		c.ended = true
	})
}

// Receive handles a message.
func (c *client) Receive(from node.Addr, m node.Message) { c.store.receive(from, m) }

// ask has one operation done and records how it ended. A read without an answer
// has surely changed nothing.
func (c *client) ask(t node.Task, in workload.Request) {
	id, began := c.recorder.Invoke(c.number, in), c.env.Elapsed()
	var out workload.Response
	var err error
	if in.Verb == workload.Read {
		out.Value, err = c.store.read(t, in.Key)
	} else {
		err = c.store.write(t, in.Key, in.Value)
	}
	if err != nil {
		c.failed++
	}
	switch {
	case err == nil:
		c.recorder.OK(id, out)
		c.done[in.Verb]++
		c.took[in.Verb] += c.env.Elapsed() - began
	case in.Verb == workload.Read || errors.Is(err, quorum.ErrUnavailable) || errors.Is(err, errRefused):
		c.recorder.Fail(id, err)
	default:
		c.recorder.Lose(id, err)
	}
}

// byQuorum is a store of package quorum.
type byQuorum struct{ client *quorum.Client }

func quorumOf(cfg quorum.Config) func(node.Env) store {
	return func(env node.Env) store { return byQuorum{quorum.NewClient(env, cfg)} }
}

func (s byQuorum) read(t node.Task, key string) (string, error) { return s.client.Read(t, key) }
func (s byQuorum) write(t node.Task, key, value string) error   { return s.client.Write(t, key, value) }
func (s byQuorum) receive(from node.Addr, m node.Message)       { s.client.Receive(from, m) }

// atOneMaster is a copy of package multimaster, always the same one.
type atOneMaster struct{ copy node.Addr }

func masterAt(copy node.Addr) func(node.Env) store {
	return func(node.Env) store { return atOneMaster{copy} }
}

// errRefused: the copy did not take the write.
var errRefused = errors.New("refused")

const patience = time.Second

func (s atOneMaster) read(t node.Task, key string) (string, error) {
	answer, err := t.Call(s.copy, &multimaster.Read{Key: key}, patience)
	if found, ok := answer.(*multimaster.Found); err == nil && ok {
		return found.Value, nil
	}
	return "", errors.Join(err, errors.New("no value"))
}

func (s atOneMaster) write(t node.Task, key, value string) error {
	answer, err := t.Call(s.copy, &multimaster.Write{Key: key, Value: value}, patience)
	switch m, ok := answer.(*multimaster.Written); {
	case err != nil:
		return err
	case !ok || m.Refused != "":
		return fmt.Errorf("%w: %v", errRefused, answer)
	}
	return nil
}

func (s atOneMaster) receive(node.Addr, node.Message) {}
