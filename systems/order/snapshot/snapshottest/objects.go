package snapshottest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// Reference is the reference to an object on its way.
type Reference struct {
	Object int `wire:"1"`
}

// references is the state of a member: the objects that it can reach.
type references struct {
	Objects []int `wire:"1"`
}

var (
	_ = wire.Register[Reference]("snapshottest.Reference")
	_ = wire.Register[references]("snapshottest.references")
)

// heap is what the harness knows: how many references to each object exist, held
// or on their way, and when the last was gone.
type heap struct {
	world *sim.World
	count []int
	gone  []time.Duration
	fly   int // references on their way
}

func (h *heap) change(object, by int) {
	if h.count[object] += by; h.count[object] == 0 {
		h.gone[object] = h.world.Now()
	}
}

// mutator copies, moves and drops references.
type mutator struct {
	references
	peers []node.Addr
	tempo tempo
	heap  *heap

	env  node.Env
	next node.Timer
}

// Start implements node.Node.
func (m *mutator) Start(env node.Env) {
	m.env, m.next = env, env.Timer(m.act)
	m.wait()
}

func (m *mutator) wait() {
	m.next.Reset(time.Duration(1 + m.env.Rand().Int64N(int64(m.tempo.pause))))
}

// act copies a reference to a member, moves it there, or drops it.
func (m *mutator) act() {
	if m.env.Elapsed() >= m.tempo.until {
		return
	}
	defer m.wait()
	if len(m.Objects) == 0 {
		return
	}
	i, what := m.env.Rand().IntN(len(m.Objects)), m.env.Rand().IntN(4)
	object := m.Objects[i]
	if what < 3 {
		m.heap.change(object, 1)
		m.heap.fly++
		m.env.Send(m.peers[m.env.Rand().IntN(len(m.peers))], &Reference{Object: object})
	}
	if what > 0 {
		m.Objects = slices.Delete(slices.Clone(m.Objects), i, i+1)
		m.heap.change(object, -1)
	}
}

// Receive implements node.Node.
func (m *mutator) Receive(_ node.Addr, msg node.Message) {
	r, ok := msg.(*Reference)
	if !ok {
		return
	}
	m.heap.fly--
	if slices.Contains(m.Objects, r.Object) {
		m.heap.change(r.Object, -1)
		return
	}
	m.Objects = append(slices.Clone(m.Objects), r.Object)
}

// Snapshot implements snapshot.Process.
func (m *mutator) Snapshot() []byte {
	s, err := wire.Marshal(&m.references)
	if err != nil {
		panic(err)
	}
	return s
}

// Restore implements snapshot.Process.
func (m *mutator) Restore(state []byte) error {
	s, err := unmarshal[references](state)
	if err == nil {
		m.references = *s
	}
	return err
}

// reachable returns by object whether a snapshot has a reference to it, in a
// state or in a channel.
func reachable(g *snapshot.Global, objects int) ([]bool, error) {
	out := make([]bool, objects)
	for q, p := range g.Parts {
		s, err := unmarshal[references](p.State)
		if err != nil {
			return nil, err
		}
		for _, object := range s.Objects {
			out[object] = true
		}
		for from := range g.Parts {
			messages, err := g.InFlight(from, q)
			if err != nil {
				return nil, err
			}
			for _, m := range messages {
				out[m.(*Reference).Object] = true
			}
		}
	}
	return out, nil
}

// objectsEach is how many objects every member can reach at first, and nobody
// else.
const objectsEach = 4

// Garbage looks for objects that nobody can reach.
var Garbage = stable{
	name: "garbage",
	text: `Does a snapshot find the objects that nobody refers to, all of them and no others? Members copy, move and
drop references to objects; one that is moved is for a while nowhere but in a channel. What no state and no
channel of a snapshot refers to must be garbage by the end of the snapshot, and what was garbage before it
began must be among it. The harness counts references.`,
	sometimes: []string{"garbage", "the only reference is in a channel"},
	make: func(_ *sim.Knobs, g *Group, t tempo) func(int) snapshot.Process {
		n := objectsEach * len(g.members)
		g.heap = &heap{world: g.world, count: make([]int, n), gone: make([]time.Duration, n)}
		return func(place int) snapshot.Process {
			m := &mutator{peers: g.members, tempo: t, heap: g.heap}
			for i := range objectsEach {
				m.Objects = append(m.Objects, objectsEach*place+i)
				g.heap.change(objectsEach*place+i, 1)
			}
			return m
		}
	},
	rest: func(g *Group) error {
		if g.heap.fly > 0 {
			return fmt.Errorf("%d references are on their way", g.heap.fly)
		}
		return nil
	},
	judge: judgeGarbage,
}.register()

func judgeGarbage(r *ordertest.Run, g *Group) error {
	for _, s := range g.taken {
		found, err := reachable(s.Global, len(g.heap.count))
		if err != nil {
			return err
		}
		held, err := reachable(withoutChannels(s.Global), len(g.heap.count))
		if err != nil {
			return err
		}
		for object, reached := range found {
			r.Marks.Sometimes("the only reference is in a channel", reached && !held[object])
			dead, gone := g.heap.count[object] == 0, g.heap.gone[object]
			r.Marks.Sometimes("garbage", dead && !reached)
			switch {
			case !reached && (!dead || gone > s.ended):
				return fmt.Errorf("%v: object %d is called garbage, and is not when the snapshot has ended", s.ID, object)
			case reached && dead && gone < s.began:
				return fmt.Errorf("%v, begun at %v: object %d is garbage since %v, and was not found", s.ID, s.began, object, gone)
			}
		}
	}
	return nil
}

// withoutChannels is a snapshot as it would be of states alone.
func withoutChannels(g *snapshot.Global) *snapshot.Global {
	states := *g
	states.Parts = slices.Clone(g.Parts)
	for i := range states.Parts {
		states.Parts[i].Channels = nil
	}
	return &states
}
