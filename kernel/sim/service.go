package sim

import (
	"math/rand/v2"
	"strconv"

	"github.com/parleysystems/parley/kernel/task"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// service is a place where nodes live, one after the other.
type service struct {
	host  *Host
	name  string
	addr  node.Addr
	place int32 // in the run's hash
	make  func() node.Node
	live  *incarnation // nil while the host is down
}

// incarnation is one life of a node, and its Env. Most of it comes into being
// when it is first used, for the sake of large worlds.
type incarnation struct {
	event        // its start
	over    bool // nothing that it does has an effect any more (I4)
	begun   bool
	place   int32
	host    *Host
	node    node.Node
	service *service
	born    int64
	cause   trace.ID

	tasks  *task.Set
	rand   *rand.Rand
	routes routes
	output output
	files  *files
}

// incarnate makes a node, which starts by an event of its own.
func (s *service) incarnate() {
	i := &incarnation{service: s, host: s.host, place: s.place, cause: s.host.w.trace.now}
	i.do = i
	s.live = i
	s.host.w.queue.push(&i.event, s.host.w.queue.now)
}

// end unwinds the node's tasks; their deferred functions find an Env that does
// nothing.
func (s *service) end() {
	i := s.live
	if i == nil {
		return
	}
	s.live, i.over = nil, true
	if i.queued {
		s.host.w.queue.remove(&i.event)
	}
	if i.tasks != nil {
		i.tasks.Stop()
	}
	i.output.discard(s.host.w)
}

func (i *incarnation) act(*World) {
	if i.over || i.host.defers(&i.event) {
		return
	}
	i.start()
}

// start calls Start, unless that has happened.
func (i *incarnation) start() {
	h := i.host
	if i.begun || i.over || h.paused {
		return
	}
	if i.queued {
		h.w.queue.remove(&i.event)
	}
	i.begun, i.born = true, h.clock.elapsed()
	i.node = i.service.make()
	h.w.begin(i, started, 0, 0)
	h.w.trace.step(trace.Event{Kind: trace.Start, Place: i.service.addr, Cause: i.cause})
	i.node.Start(i)
	h.w.finish(i)
}

// random returns the node's own source: another one for each incarnation.
func (i *incarnation) random() *rand.Rand {
	h := i.host
	return generator(keyOf(h.w.config.Seed, forNode, string(i.service.addr), strconv.FormatUint(h.incarnation, 10)))
}
