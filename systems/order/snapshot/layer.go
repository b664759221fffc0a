package snapshot

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast/channel"
)

// Layer is a member: a process, and what records it.
type Layer struct {
	cfg     Config
	process Process
	resumed *Part // what the process begins with; nil for nothing

	env   node.Env
	self  int
	mesh  *channel.Mesh
	life  Life
	lives []Life         // of the others, as first heard of; 0 before that
	lost  []bool         // came back without their past
	own   []node.Message // of the process to itself, not yet received
	held  []sending      // while paused

	began       uint64       // snapshots begun here
	open        []*recording // under way at this member
	over        []ID         // no longer, the latest last
	collections []*collection
}

// sending is a message of the process that waits, to the member of a place.
type sending struct {
	to int
	m  node.Message
}

// New returns a member that begins with a new process.
func New(cfg Config, p Process) *Layer {
	cfg.complete()
	n := len(cfg.Members)
	return &Layer{cfg: cfg, process: p, lives: make([]Life, n), lost: make([]bool, n)}
}

// Resume returns a member that begins with a part of a Global: its process has
// the recorded state, and receives the messages that were in its channels before
// any others. All members resume from one Global, with a cfg of a new Epoch.
func Resume(cfg Config, p Process, part Part) *Layer {
	l := New(cfg, p)
	l.resumed = &part
	return l
}

// Process returns the process.
func (l *Layer) Process() Process { return l.process }

// Open returns how many snapshots are under way at this member.
func (l *Layer) Open() int { return len(l.open) }

// Start implements node.Node.
func (l *Layer) Start(env node.Env) {
	l.env, l.self = env, slices.Index(l.cfg.Members, env.Self())
	if l.self < 0 {
		panic(fmt.Sprintf("snapshot: %s is no member of %v", env.Self(), l.cfg.Members))
	}
	l.life = Life(env.Rand().Uint64() | 1)
	l.mesh = channel.New(sealed{env, l}, l.self, channel.Config{
		Members: l.cfg.Members, FIFO: true, Window: l.cfg.Window, Resend: l.cfg.Resend,
	}, l.take)
	if l.resumed == nil {
		l.process.Start(wrapped{env, l})
		return
	}
	if err := l.replay(); err != nil {
		env.Halt(err)
	}
}

// replay begins with the recorded state, and hands on what its channels held
// (I5).
func (l *Layer) replay() error {
	if !l.resumed.of(l.self, len(l.cfg.Members)) {
		return fmt.Errorf("snapshot: %s is member %d and cannot resume from a part of member %d", l.env.Self(), l.self, l.resumed.Process)
	}
	if err := l.process.Restore(l.resumed.State); err != nil {
		return fmt.Errorf("snapshot: restore member %d: %w", l.self, err)
	}
	l.process.Start(wrapped{l.env, l})
	for _, c := range l.resumed.Channels {
		messages, err := c.decode()
		if err != nil {
			return err
		}
		for _, m := range messages {
			//parley:rule chandylamport.use.checkpoint-and-stable-properties drop
			l.process.Receive(l.cfg.Members[c.From], m)
		}
	}
	l.resumed = nil
	return nil
}

// Receive implements node.Node.
func (l *Layer) Receive(from node.Addr, m node.Message) {
	place := slices.Index(l.cfg.Members, from)
	switch m := m.(type) {
	case *Envelope:
		if place >= 0 && place != l.self {
			l.unseal(place, m)
		}
	case *Own:
		if place == l.self && len(l.own) > 0 {
			first := l.own[0]
			l.own = l.own[1:]
			l.received(l.self, first)
		}
	default:
		if place < 0 {
			l.process.Receive(from, m)
		}
	}
}

// take handles what comes out of a channel. Nothing is refused.
func (l *Layer) take(from int, _ channel.Seq, m node.Message) bool {
	switch m := m.(type) {
	case *Marker:
		l.marker(from, m.ID)
	case *HandIn:
		l.collect(from, m)
	case *Abort:
		l.aborted(from, m)
	default:
		l.received(from, m)
	}
	return true
}

// received records a message of the application wherever its channel is being
// recorded, and hands it on.
func (l *Layer) received(from int, m node.Message) {
	for _, r := range slices.Clone(l.open) {
		l.keep(r, from, m)
	}
	l.process.Receive(l.cfg.Members[from], m)
}
