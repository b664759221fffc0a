package pbfttest

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// Adversary is what somebody does with a replica that he controls. He has the
// replica's keys and its state, and no others'.
type Adversary struct {
	Name string
	// Send decides what becomes of a message that the replica wants to send; nil
	// lets all pass.
	Send func(l *Liar, to node.Addr, m node.Message)
	// Receive decides what reaches the replica; nil lets all pass. It returns
	// whether the replica sees the message.
	Receive func(l *Liar, from node.Addr, m node.Message) bool
}

// Liar is a replica, and, if an adversary controls its host, somebody between it and
// the network.
type Liar struct {
	*pbft.Replica
	Host    string
	cluster *Cluster
	env     node.Env
	memory  []sent // for replays
	count   int
}

type sent struct {
	to node.Addr
	m  node.Message
}

// Start begins an incarnation.
func (l *Liar) Start(env node.Env) {
	l.env = env
	l.Replica.Start(tap{env, l})
}

// Receive lets the adversary look first.
func (l *Liar) Receive(from node.Addr, m node.Message) {
	a := l.adversary()
	if a.Receive == nil || a.Receive(l, from, m) {
		l.Replica.Receive(from, m)
	}
}

func (l *Liar) adversary() Adversary { return l.cluster.options.Liars[l.Host] }

// Say sends a message in this replica's name, authenticated by its keys.
func (l *Liar) Say(to node.Addr, m node.Message) { l.env.Send(to, l.Party().Seal(m)) }

// Pass sends a message as it is.
func (l *Liar) Pass(to node.Addr, m node.Message) { l.env.Send(to, m) }

// number is the place of an address among the members, -1 for a client.
func (l *Liar) number(a node.Addr) int {
	for i, m := range l.cluster.members {
		if m == a {
			return i
		}
	}
	return -1
}

// tap is the liar's way to the network.
type tap struct {
	node.Env
	l *Liar
}

// Send hands the message to the adversary.
func (t tap) Send(to node.Addr, m node.Message) {
	a := t.l.adversary()
	if a.Send == nil {
		t.Env.Send(to, m)
		return
	}
	a.Send(t.l, to, m)
}

// SendEarly is Send.
func (t tap) SendEarly(to node.Addr, m node.Message) { t.Send(to, m) }
