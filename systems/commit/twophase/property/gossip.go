package property

import (
	"cmp"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Version is a value with its place in the order of writes: a later number wins, and
// between equal ones the larger name.
type Version struct {
	Number uint64    `wire:"1"`
	Writer node.Addr `wire:"2"`
	Value  int64     `wire:"3"`
}

func (v Version) newer(than Version) bool {
	return cmp.Or(cmp.Compare(v.Number, than.Number), cmp.Compare(v.Writer, than.Writer)) > 0
}

// Gossip tells a server of a write; Heard says that it has it, or a newer one.
type Gossip struct {
	Version Version `wire:"1"`
}

// Heard answers Gossip.
type Heard struct {
	Version Version `wire:"1"`
}

func init() {
	wire.Register[Gossip]("property.gossip")
	wire.Register[Heard]("property.heard")
}

// Server holds a copy of one value. It answers from its own copy, always.
type Server struct {
	peers  []node.Addr
	resend time.Duration

	env   node.Env
	tick  node.Timer
	value Version
	deaf  []node.Addr // peers that have not confirmed it, sorted
}

// NewServer returns a server that tells its peers again after a while what they
// have not confirmed.
func NewServer(peers []node.Addr, resend time.Duration) *Server {
	return &Server{peers: slices.Sorted(slices.Values(peers)), resend: resend}
}

// Start implements node.Node.
func (s *Server) Start(env node.Env) {
	s.env = env
	s.tick = env.Timer(s.tell)
}

// Receive implements node.Node.
func (s *Server) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Gossip:
		if m.Version.newer(s.value) {
			s.value = m.Version
			s.spread()
		}
		s.env.Send(from, &Heard{m.Version})
	case *Heard:
		if m.Version == s.value {
			s.deaf = slices.DeleteFunc(s.deaf, func(a node.Addr) bool { return a == from })
		}
	}
}

// Read returns this server's copy, which may be stale.
func (s *Server) Read() int64 { return s.value.Value }

// Write makes a newer version.
func (s *Server) Write(value int64) {
	s.value = Version{s.value.Number + 1, s.env.Self(), value}
	s.spread()
}

// spread tells all others.
func (s *Server) spread() {
	s.deaf = s.deaf[:0]
	for _, a := range s.peers {
		if a != s.env.Self() {
			s.deaf = append(s.deaf, a)
		}
	}
	s.tell()
}

// tell tells those who have not confirmed, and will again.
func (s *Server) tell() {
	for _, a := range s.deaf {
		s.env.Send(a, &Gossip{s.value})
	}
	if len(s.deaf) > 0 {
		//parley:rule twophase.property.eventual-agreement drop
		s.tick.Reset(s.resend)
	}
}
