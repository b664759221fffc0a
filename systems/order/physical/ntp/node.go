package ntp

import (
	"hash/fnv"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Datagram carries the bytes of an NTP packet between nodes.
type Datagram struct {
	Packet []byte `wire:"1"`
}

var _ = wire.Register[Datagram]("ntp.Datagram")

// Node runs a Daemon. It answers requests and asks its servers.
type Node struct {
	// Lie, if not nil, changes the answers on their way out: for experiments.
	Lie func(p *Packet)
	// Rejected counts packets of servers that were not used.
	Rejected int

	cfg     Config
	servers []node.Addr
	env     node.Env
	daemon  *Daemon
	second  node.Timer
}

// NewNode returns a node that asks servers. cfg's Sources and Random are filled
// in.
func NewNode(cfg Config, servers ...node.Addr) *Node { return &Node{cfg: cfg, servers: servers} }

// IDOf returns the reference id of a node.
func IDOf(a node.Addr) RefID {
	h := fnv.New32a()
	_, _ = h.Write([]byte(a))
	return RefID(h.Sum32())
}

// Start implements node.Node.
func (n *Node) Start(env node.Env) {
	n.env, n.cfg.Random, n.cfg.Sources = env, env.Rand(), nil
	for _, s := range n.servers {
		n.cfg.Sources = append(n.cfg.Sources, Source{Name: string(s), ID: IDOf(s), Us: IDOf(env.Self())})
	}
	n.daemon = NewDaemon(n.cfg, env.Elapsed(), env.Now())
	n.second = env.Timer(n.tick)
	n.second.Reset(time.Duration(env.Rand().Int64N(int64(time.Second))))
}

// Now returns what the node's clock shows.
func (n *Node) Now() time.Time { return n.daemon.Now(n.env.Elapsed()) }

// Daemon returns the daemon, for who looks at it.
func (n *Node) Daemon() *Daemon { return n.daemon }

// Status returns the daemon's.
func (n *Node) Status() Status { return n.daemon.Status(n.env.Elapsed()) }

// pace is the time between two ticks. The daemon makes up for the second in between,
// and simulated days take half as long.
const pace = 2 * time.Second

func (n *Node) tick() {
	next := pace
	if len(n.servers) == 0 {
		next = time.Minute // there is nothing to adjust
	}
	n.second.Reset(next)
	for _, r := range n.daemon.Tick(n.env.Elapsed()) {
		n.env.Send(n.servers[r.Source], &Datagram{Packet: r.Packet})
	}
	if err := n.daemon.Err(); err != nil {
		n.env.Halt(err)
	}
}

// Receive implements node.Node.
func (n *Node) Receive(from node.Addr, m node.Message) {
	d, ok := m.(*Datagram)
	if !ok {
		return
	}
	now := n.env.Elapsed()
	if p, err := Decode(d.Packet); err == nil && p.Mode == Server {
		n.answered(now, from, d.Packet)
		return
	}
	if answer, err := n.daemon.Respond(now, now, string(from), d.Packet); err == nil {
		n.env.Send(from, &Datagram{Packet: n.lie(answer)})
	}
}

func (n *Node) answered(now time.Duration, from node.Addr, packet []byte) {
	for i, s := range n.servers {
		if s == from && n.daemon.Receive(now, i, packet) != nil {
			n.Rejected++
		}
	}
}

func (n *Node) lie(answer []byte) []byte {
	p, err := Decode(answer)
	if n.Lie == nil || err != nil {
		return answer
	}
	n.Lie(&p)
	return p.Append(nil)
}
