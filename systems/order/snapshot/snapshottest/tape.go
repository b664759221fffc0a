package snapshottest

import (
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast/channel"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// tape is what a bystander saw of a member's messages.
type tape struct {
	n    int
	sent [][]node.Message // by receiver, by number in the channel from 1
	// arrived has, by snapshot, where its markers came from.
	arrived map[snapshot.ID][]int
	markers map[snapshot.ID]int // of each snapshot, sent in channels, without repetitions
}

func (t *tape) send(to int, m node.Message) {
	if t.sent == nil {
		t.sent, t.markers = make([][]node.Message, t.n), map[snapshot.ID]int{}
	}
	d, ok := inside(m).(*channel.Data)
	if !ok || int(d.Seq) != len(t.sent[to])+1 {
		return // not of a channel, or a repetition
	}
	t.sent[to] = append(t.sent[to], d.Body)
	if k, ok := d.Body.(*snapshot.Marker); ok {
		t.markers[k.ID]++
	}
}

func (t *tape) receive(from int, m node.Message) {
	m = inside(m)
	if d, ok := m.(*channel.Data); ok {
		m = d.Body
	}
	k, ok := m.(*snapshot.Marker)
	if !ok || slices.Contains(t.arrived[k.ID], from) {
		return
	}
	if t.arrived == nil {
		t.arrived = map[snapshot.ID][]int{}
	}
	t.arrived[k.ID] = append(t.arrived[k.ID], from)
}

func inside(m node.Message) node.Message {
	if e, ok := m.(*snapshot.Envelope); ok {
		return e.Body
	}
	return m
}

// tapped is a member with a bystander between it and the network.
type tapped struct {
	tape    *tape
	members []node.Addr
	layer   *snapshot.Layer
}

// Start implements node.Node.
func (t *tapped) Start(env node.Env) { t.layer.Start(tappedEnv{env, t}) }

// Receive implements node.Node.
func (t *tapped) Receive(from node.Addr, m node.Message) {
	t.tape.receive(slices.Index(t.members, from), m)
	t.layer.Receive(from, m)
}

type tappedEnv struct {
	node.Env
	tapped *tapped
}

// Send implements node.Env.
func (e tappedEnv) Send(to node.Addr, m node.Message) {
	if place := slices.Index(e.tapped.members, to); place >= 0 && to != e.Self() {
		e.tapped.tape.send(place, m)
	}
	e.Env.Send(to, m)
}
