package twophase

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Participant is a node that takes part in transactions with one resource.
type Participant struct {
	cfg      Config
	resource Resource

	env     node.Env
	log     node.Log
	tick    node.Timer
	ticking bool
	records int // since the latest checkpoint

	// branches are by TxID: those that hold locks, and the finished ones of which
	// somebody may still ask, or for which a late Prepare may still come.
	branches []*branch
	held     int // branches that hold locks
	// marks has, by coordinator, the transaction before which all are over.
	marks map[node.Addr]TxID
}

// branch is the part of a transaction at this participant.
type branch struct {
	id    TxID
	state state

	// While working.
	ops     uint64
	running bool // an operation waits for its locks
	latest  *Executed

	// While prepared: in doubt.
	variant         Variant
	peers, deputies []node.Addr
	asked           int

	due time.Duration
}

type state uint8

const (
	working  state = iota
	prepared       // voted yes: neither commit nor abort by oneself
	committed
	aborted // or refused: there will be no vote of yes
)

// NewParticipant returns a participant for a resource, which is made anew for
// each incarnation. It panics if cfg is not valid.
func NewParticipant(r Resource, cfg Config) *Participant {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Participant{cfg: cfg.withDefaults(), resource: r, marks: map[node.Addr]TxID{}}
}

// Start implements node.Node.
func (p *Participant) Start(env node.Env) {
	p.env, p.log = env, env.Log("participant")
	p.tick = env.Timer(p.onTick)
	if err := p.replay(); err != nil {
		env.Halt(fmt.Errorf("twophase: %s: read the log: %w", env.Self(), err))
		return
	}
	for _, b := range p.branches {
		if b.state == prepared {
			p.note("in doubt after a restart", b.id)
			p.ask(b)
		}
	}
	p.arm()
}

// Receive implements node.Node.
func (p *Participant) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Execute:
		p.onExecute(from, m)
	case *Prepare:
		p.onPrepare(from, m)
	case *Commit:
		p.onCommit(from, m)
	case *Abort:
		p.onAbort(from, m)
	case *Inquire:
		p.onInquire(from, m)
	case *Status:
		p.onStatus(from, m)
	}
	p.compact()
	p.arm()
}

// Resource returns what the participant keeps.
func (p *Participant) Resource() Resource { return p.resource }

func (p *Participant) after(d time.Duration) time.Duration { return p.env.Elapsed() + d }

// arm keeps the timer running while a branch holds locks.
func (p *Participant) arm() {
	if !p.ticking && p.held > 0 {
		p.ticking = true
		p.tick.Reset(min(p.cfg.DoubtTimeout, p.cfg.IdleTimeout) / 2)
	}
}

func (p *Participant) onTick() {
	p.ticking = false
	p.lookAfter(p.env.Elapsed())
	p.arm()
}

// Expire acts as if everything that waits had waited for too long.
func (p *Participant) Expire() {
	p.lookAfter(1<<63 - 1)
	p.compact()
	p.arm()
}

// lookAfter loses patience with what is due: who has not voted may abort at once,
// who voted yes can only ask.
func (p *Participant) lookAfter(now time.Duration) {
	for _, b := range slices.Clone(p.branches) {
		if b.due > now || b.state > prepared {
			continue
		}
		//parley:rule twophase.timeout.participant-after-vote twophase.guarantee.agreement force=false
		if b.state == prepared {
			p.remainInDoubt(b)
			continue
		}
		p.note("gives up", b.id)
		p.resource.Abort(b.id)
		p.drop(b)
	}
}

// remainInDoubt is the end of a wait after a yes vote: time tells nothing, neither
// that the others committed nor that they did not.
func (p *Participant) remainInDoubt(b *branch) {
	//parley:rule twophase.timeout.participant-after-vote twophase.guarantee.agreement value=Committed
	known := Undecided
	if known != Undecided {
		p.adopt(b, known)
		return
	}
	p.ask(b)
}

// Decision returns what this participant knows of a transaction: Committed,
// Aborted, or Undecided, also if it knows nothing.
func (p *Participant) Decision(tx TxID) Decision {
	if b := p.find(tx); b != nil {
		return b.state.decision()
	}
	return Undecided
}

func (s state) decision() Decision {
	return [...]Decision{Undecided, Undecided, Committed, Aborted}[s]
}

// InDoubt returns the transactions that voted yes and await their decision.
func (p *Participant) InDoubt() []TxID {
	var ids []TxID
	for _, b := range p.branches {
		if b.state == prepared {
			ids = append(ids, b.id)
		}
	}
	return ids
}

// Holding returns how many transactions hold locks here.
func (p *Participant) Holding() int { return p.held }

func (p *Participant) note(what string, tx TxID) {
	p.env.Note(what, slog.String("tx", tx.String()))
}

// Inspect implements node.Inspector.
func (p *Participant) Inspect() any {
	var lines []string
	for _, b := range p.branches {
		lines = append(lines, fmt.Sprintf("%v %s", b.id, [...]string{"working", "prepared", "committed", "aborted"}[b.state]))
	}
	for _, c := range slices.Sorted(maps.Keys(p.marks)) {
		lines = append(lines, fmt.Sprintf("all before %v are over", p.marks[c]))
	}
	return lines
}
