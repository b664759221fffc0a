package multicast

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/multicast/channel"
	"github.com/parleysystems/parley/systems/order/vector"
)

// Config is the same for all members. Zero values stand for the
// defaults that the comments name.
type Config struct {
	// Members are all members of the group, in the same order everywhere; their
	// places are the process numbers that break ties.
	Members []node.Addr
	// FIFO and Window shape the channels; Resend is how long they wait for a
	// confirmation at first (package channel).
	FIFO   bool
	Window int
	Resend time.Duration
	// OnReceipt makes Total acknowledge an update when it arrives instead of when
	// it comes to the head of the queue. It needs FIFO.
	OnReceipt bool
	// MaxOpen bounds how many multicasts of one member are not yet confirmed by
	// all; 256.
	MaxOpen int
	// MaxHeld bounds the posts that Causal holds back; 1024.
	MaxHeld int
	// Relay is how long Causal leaves a post to its sender before it passes it on to
	// members that lack it; 0 for ever. MaxKept bounds the posts that it keeps to pass
	// on; 1024.
	Relay   time.Duration
	MaxKept int
	// Checkpoint is after how many records the log is replaced by the state; 1024.
	Checkpoint int
}

// Application is what the multicasts are delivered to. It must be a deterministic
// function of its deliveries: a member that comes back restores the latest
// snapshot and delivers again what came after it. Deliver must not call Submit:
// what it wants to say, it says after the delivery is over.
type Application interface {
	Deliver(Delivery)
	Snapshot() []byte
	Restore(snapshot []byte) error
}

// Delivery is one multicast, as it is delivered.
type Delivery struct {
	From   int    // the member's place
	Number uint64 // among the multicasts of that member, from 1
	Body   []byte
	Stamp  lamport.Stamp // Total and Arrival
	Vector vector.Clock  // Causal
}

// ErrFull says that too many multicasts wait for members that do not answer. The
// one submitted was not taken.
var ErrFull = errors.New("too many multicasts are not confirmed by all members")

// MaxBody is the largest body in bytes.
const MaxBody = 1 << 20

// ordering decides when what is delivered. It is a deterministic function of
// what it is handed, and reaches the world only through its member.
type ordering interface {
	submit(number uint64, body []byte)
	// admits tells whether there is room for a message of another member.
	admits(from int, m node.Message) bool
	// receive handles one, which is logged already.
	receive(from int, m node.Message)
	// direct handles one that came by no channel.
	direct(from int, m node.Message)
	state() node.Message
	restore(node.Message) error
	// open counts the member's own multicasts that it has not delivered.
	open() int
}

// Member is one member of a group: a node.
type Member struct {
	cfg   Config
	app   Application
	order func(*Member) ordering

	env     node.Env
	log     node.Log
	self    int
	mesh    *channel.Mesh
	rule    ordering
	number  uint64 // of its own multicasts so far
	records int    // since the latest checkpoint
}

func newMember(cfg Config, app Application, order func(*Member) ordering) *Member {
	for _, d := range []struct {
		field *int
		value int
	}{{&cfg.MaxOpen, 256}, {&cfg.MaxHeld, 1024}, {&cfg.MaxKept, 1024}, {&cfg.Checkpoint, 1024}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return &Member{cfg: cfg, app: app, order: order}
}

// Start implements node.Node.
func (m *Member) Start(env node.Env) {
	m.env, m.self = env, slices.Index(m.cfg.Members, env.Self())
	if m.self < 0 {
		env.Halt(fmt.Errorf("multicast: %s is no member of %v", env.Self(), m.cfg.Members))
		return
	}
	channels := channel.Config{
		Members: m.cfg.Members, FIFO: m.cfg.FIFO, Window: m.cfg.Window, Resend: m.cfg.Resend,
	}
	m.mesh = channel.New(env, m.self, channels, m.take)
	m.rule, m.log = m.order(m), env.Log("multicast")
	m.mesh.Quiet()
	if err := m.replay(); err != nil {
		env.Halt(fmt.Errorf("multicast: %s: %w", env.Self(), err))
		return
	}
	m.mesh.Resume()
}

// Receive implements node.Node.
func (m *Member) Receive(from node.Addr, msg node.Message) {
	if s, ok := msg.(*Submit); ok {
		answer := &Submitted{}
		var err error
		if answer.Number, err = m.Submit(s.Body); err != nil {
			answer.Refused = err.Error()
		}
		m.env.Send(from, answer)
		return
	}
	if !m.mesh.Receive(from, msg) {
		if i := slices.Index(m.cfg.Members, from); i >= 0 && i != m.self {
			m.rule.direct(i, msg)
		}
	}
	m.compact()
}

// Submit multicasts a body and returns its number among this member's. After an
// error it was not taken: ErrFull, or a body that is too large. A member that
// crashes before the log is durable may forget what it returned.
func (m *Member) Submit(body []byte) (uint64, error) {
	if len(body) > MaxBody {
		return 0, fmt.Errorf("multicast: submit %d bytes: the limit is %d", len(body), MaxBody)
	}
	if m.rule.open() >= m.cfg.MaxOpen || m.mesh.Backlog() >= m.cfg.MaxOpen*len(m.cfg.Members) {
		return 0, fmt.Errorf("multicast: submit: %w", ErrFull)
	}
	m.record(&input{From: m.self, Body: &Submit{Body: body}})
	m.submit(body)
	m.compact()
	return m.number, nil
}

func (m *Member) submit(body []byte) {
	m.number++
	m.rule.submit(m.number, body)
}

// take handles what a channel hands on. The record comes first, so that what the
// message causes leaves after it is durable.
func (m *Member) take(from int, n channel.Seq, msg node.Message) bool {
	if !m.rule.admits(from, msg) {
		return false
	}
	m.record(&input{From: from, Seq: n, Body: msg})
	m.rule.receive(from, msg)
	return true
}

// deliver hands a multicast to the application.
func (m *Member) deliver(d Delivery) { m.app.Deliver(d) }

// App returns the application.
func (m *Member) App() Application { return m.app }
