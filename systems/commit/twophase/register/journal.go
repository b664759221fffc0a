package register

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// NewCoordinator returns a coordinator that keeps its decisions in the register
// which the replicas at servers hold. deputies are the other coordinators of the
// register. Only PresumedAbort makes sense on it, which has nothing to start; others
// panic, as does what Config.Validate refuses.
func NewCoordinator(servers, deputies []node.Addr, cfg twophase.Config, client rsm.ClientConfig) *twophase.Coordinator {
	if cfg.Variant != twophase.PresumedAbort || cfg.Reprepare {
		panic(fmt.Sprintf("register: a coordinator in the register presumes abort, not %v, and starts nothing again", cfg.Variant))
	}
	return twophase.NewCoordinatorOn(&journal{servers: servers, cfg: client, parallel: cfg.Parallel}, deputies, cfg)
}

// journal is a twophase.Journal in the register.
type journal struct {
	servers  []node.Addr
	cfg      rsm.ClientConfig
	parallel bool

	env    node.Env
	client *rsm.Client
	// recorded are the transactions of which the register knows, until they end.
	recorded map[twophase.TxID]bool
	// asking are those that Recall is asking about, with who waits.
	asking map[twophase.TxID][]recalled
}

type recalled = func(twophase.Decision, []twophase.Branch)

// Bounds of what waits for the log. Who is not heard asks again.
const (
	maxAsking  = 1024 // transactions
	maxWaiting = 16   // for one of them
)

// Open implements twophase.Journal.
func (j *journal) Open(env node.Env, opened func(twophase.Opening)) {
	j.env = env
	j.recorded, j.asking = map[twophase.TxID]bool{}, map[twophase.TxID][]recalled{}
	j.client = rsm.NewClient(env, j.servers, j.cfg)
	j.execute(&open{env.Self()}, func(r *result) {
		for _, e := range r.Unfinished {
			j.recorded[e.Tx] = true
		}
		opened(twophase.Opening{Incarnation: r.Incarnation, Unfinished: r.Unfinished})
	})
}

// execute has a command executed, however long that takes: all of them may be
// executed twice.
func (j *journal) execute(command node.Message, done func(*result)) {
	body := encode(command)
	j.env.Go(func(t node.Task) {
		for {
			answer, err := j.client.Execute(t, body)
			if err != nil {
				t.Sleep(10*time.Millisecond + time.Duration(j.env.Rand().Int64N(int64(50*time.Millisecond))))
				continue
			}
			m, err := wire.Unmarshal(answer)
			if r, ok := m.(*result); err == nil && ok {
				done(r)
				return
			}
			j.env.Halt(fmt.Errorf("register: answer of the log: unexpected %T: %w", m, err))
			return
		}
	})
}

// Start stages the transaction, or does nothing.
func (j *journal) Start(e twophase.Entry, started func(twophase.Decision, bool)) {
	if !j.parallel || len(e.Branches) == 0 {
		started(twophase.Undecided, false)
		return
	}
	j.recorded[e.Tx] = true
	j.execute(&propose{Entry: e}, func(r *result) { started(r.Decision, true) })
}

// Decide implements twophase.Journal. An abort need not be recorded, unless it was
// staged: nobody but its coordinator proposes commit for what is not.
func (j *journal) Decide(e twophase.Entry, mark twophase.TxID, decided func(twophase.Decision)) {
	if !j.parallel && (e.Decision == twophase.Aborted || len(e.Branches) == 0) {
		decided(e.Decision)
		return
	}
	j.recorded[e.Tx] = true
	j.execute(&propose{Entry: e, Mark: mark, Checked: true}, func(r *result) { decided(r.Decision) })
}

// End implements twophase.Journal.
func (j *journal) End(tx twophase.TxID, mark twophase.TxID) {
	if j.recorded[tx] {
		delete(j.recorded, tx)
		j.execute(&end{tx, mark}, func(*result) {})
	}
}

// Resolve proposes abort, for a participant that has been in doubt for long.
func (j *journal) Resolve(tx twophase.TxID, v twophase.Variant, resolved func(twophase.Decision, []twophase.Branch)) {
	j.Recall(tx, func(d twophase.Decision, staged []twophase.Branch) {
		if d == twophase.Forgotten {
			d = v.Presumes()
		}
		resolved(d, staged)
	})
}

// Recall proposes abort, for a client that wants to know.
func (j *journal) Recall(tx twophase.TxID, done func(twophase.Decision, []twophase.Branch)) {
	waiting, under := j.asking[tx]
	if len(waiting) >= maxWaiting || !under && len(j.asking) >= maxAsking {
		return
	}
	if j.asking[tx] = append(waiting, done); under {
		return
	}
	e := twophase.Entry{Tx: tx, Variant: twophase.PresumedAbort, Decision: twophase.Aborted}
	j.execute(&propose{Entry: e}, func(r *result) {
		waiting := j.asking[tx]
		delete(j.asking, tx)
		for _, done := range waiting {
			done(r.Decision, r.Branches)
		}
	})
}
