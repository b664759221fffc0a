package etcd_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// single is a group of one replica that applies what is proposed at once: the
// door's own logic without disks and networks. What several replicas add is
// tested where they are.
type single struct {
	store *kv.Store
	calls chan func(etcd.Replica)
	done  chan struct{}
	stop  func()

	mu      sync.Mutex
	failing error // what proposals and reads get instead

	index  rsm.Index
	began  time.Time
	leader node.Addr
	epoch  uint64
}

const self = node.Addr("a/kv")

func newSingle(t testing.TB, o kv.Options) *single {
	s := &single{
		store: kv.New(o), calls: make(chan func(etcd.Replica), 1024), done: make(chan struct{}),
		began: time.Now(), leader: self, epoch: 1,
	}
	s.stop = sync.OnceFunc(func() { close(s.done) })
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case f := <-s.calls:
				f(s)
			case <-s.done:
				return
			}
		}
	})
	t.Cleanup(func() { s.stop(); running.Wait() })
	return s
}

func (s *single) Do(f func(etcd.Replica)) error {
	select {
	case s.calls <- f:
		return nil
	case <-s.done:
		return errors.New("stopped")
	}
}

func (s *single) Done() <-chan struct{} { return s.done }

// fail makes proposals and reads end with err; nil heals.
func (s *single) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

func (s *single) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing
}

func (s *single) Propose(command []byte, done func([]byte, error)) {
	if err := s.failure(); err != nil {
		done(nil, err)
		return
	}
	s.index++
	done(s.store.Apply(s.index, command), nil)
}

func (s *single) Read(level rsm.Level, done func(error)) {
	if level == rsm.Serializable {
		done(nil)
		return
	}
	done(s.failure())
}

func (s *single) Query(q any) any                              { return s.store.Query(q) }
func (s *single) Machine() rsm.StateMachine                    { return s.store }
func (s *single) Engine() rsm.Engine                           { return singleEngine{s: s} }
func (s *single) Env() node.Env                                { return singleEnv{s: s} }
func (s *single) Reconfigure(_ []rsm.Member, done func(error)) { done(rsm.ErrRefused) }
func (s *single) Transfer(_ node.Addr, done func(error))       { done(nil) }

func (s *single) Status() rsm.Status {
	return rsm.Status{
		Self: self, Role: rsm.Leading, Leader: s.leader, Epoch: s.epoch, Applied: s.index, Committed: s.index,
		Members: []rsm.Member{{Addr: self}, {Addr: "b/kv", Learner: true}},
	}
}

type singleEngine struct {
	rsm.Engine
	s *single
}

func (e singleEngine) Leader() (node.Addr, uint64) { return e.s.leader, e.s.epoch }

type singleEnv struct {
	node.Env
	s *single
}

func (e singleEnv) Elapsed() time.Duration { return time.Since(e.s.began) }
func (e singleEnv) Self() node.Addr        { return self }
func (e singleEnv) Rand() *rand.Rand       { return rand.New(rand.NewPCG(1, 2)) }

func (e singleEnv) Timer(fire func()) node.Timer { return &singleTimer{s: e.s, fire: fire} }

// singleTimer fires on the loop. It is only ever reset when it has fired.
type singleTimer struct {
	s    *single
	fire func()
	t    *time.Timer
}

func (t *singleTimer) Reset(d time.Duration) {
	t.t = time.AfterFunc(d, func() { _ = t.s.Do(func(etcd.Replica) { t.fire() }) })
}

func (t *singleTimer) Stop() { t.t.Stop() }
