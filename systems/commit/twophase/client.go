package twophase

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Client makes transactions, from tasks of one node.
type Client struct {
	env          node.Env
	coordinators []node.Addr
	cfg          ClientConfig
	turn         int
}

// ClientConfig is a client's knobs. The zero value of a field means its default.
type ClientConfig struct {
	// Timeout is when an operation, or the wait for an outcome, is given up.
	// Default 10 s.
	Timeout time.Duration
	// RetryAfter is how long an answer may take before a message is sent again.
	// Default 1 s.
	RetryAfter time.Duration
}

// NewClient returns a client of a coordinator, or of several that share a
// journal.
func NewClient(env node.Env, coordinators []node.Addr, cfg ClientConfig) *Client {
	setDefault(&cfg.Timeout, 10*time.Second)
	setDefault(&cfg.RetryAfter, time.Second)
	return &Client{env: env, coordinators: slices.Clone(coordinators), cfg: cfg, turn: env.Rand().IntN(len(coordinators))}
}

// Transaction is one, in progress at a client. Its methods are called by one task
// at a time.
type Transaction struct {
	client   *Client
	id       TxID
	branches []Branch
	doom     error // why it cannot commit any more
}

// Begin begins a transaction. After an error nothing was done: ErrBusy or
// ErrNoCoordinator.
func (c *Client) Begin(t node.Task) (*Transaction, error) {
	busy, patience := false, c.cfg.RetryAfter
	for deadline := c.env.Elapsed() + c.cfg.Timeout; c.env.Elapsed() < deadline; {
		to := c.coordinators[c.turn%len(c.coordinators)]
		answer, err := t.Call(to, &Begin{}, patience)
		if err != nil {
			// An answer that comes too late leaves a transaction that is nobody's, until
			// the coordinator gives it up: who has many of those has room for no other.
			patience = min(2*patience, c.cfg.Timeout)
		}
		b, ok := answer.(*Begun)
		if err == nil && ok && b.Refused == "" {
			return &Transaction{client: c, id: b.Tx}, nil
		}
		if busy = err == nil && ok; busy {
			t.Sleep(c.cfg.RetryAfter/8 + time.Duration(c.env.Rand().Int64N(int64(c.cfg.RetryAfter))))
		}
		c.turn++
	}
	if busy {
		return nil, fmt.Errorf("twophase: begin: %w", ErrBusy)
	}
	return nil, fmt.Errorf("twophase: begin: %w", ErrNoCoordinator)
}

// ID returns the transaction's name.
func (x *Transaction) ID() TxID { return x.id }

// Branches returns the participants that were called so far.
func (x *Transaction) Branches() []Branch { return slices.Clone(x.branches) }

// Call has a participant carry out an operation and returns its result. After an
// error the transaction cannot commit any more, and its error says so (ErrAborted).
func (x *Transaction) Call(t node.Task, participant node.Addr, op []byte) ([]byte, error) {
	if x.doom != nil {
		return nil, x.doom
	}
	i := slices.IndexFunc(x.branches, func(b Branch) bool { return b.Participant == participant })
	if i < 0 {
		i = len(x.branches)
		x.branches = append(x.branches, Branch{Participant: participant, ReadOnly: true})
	}
	b := &x.branches[i]
	b.Ops++
	m := &Execute{Tx: x.id, Seq: b.Ops, Body: op}
	for deadline := x.client.env.Elapsed() + x.client.cfg.Timeout; x.client.env.Elapsed() < deadline; {
		answer, err := t.Call(participant, m, x.client.cfg.RetryAfter)
		e, ok := answer.(*Executed)
		if err != nil || !ok {
			continue
		}
		if e.Refused != "" {
			return nil, x.fail(fmt.Errorf("%s refuses: %s", participant, e.Refused))
		}
		b.ReadOnly = !e.Wrote
		return e.Result, nil
	}
	return nil, x.fail(fmt.Errorf("%s: %w", participant, node.ErrTimeout))
}

func (x *Transaction) fail(why error) error {
	x.doom = fmt.Errorf("twophase: %v: %w: %w", x.id, ErrAborted, why)
	return x.doom
}

// Commit asks for the transaction to be committed at all participants. Nil means
// that it is: whatever crashes now, they all come to carry it out. ErrAborted
// means that it took effect nowhere, ErrUnknown that it may have.
func (x *Transaction) Commit(t node.Task) error {
	if x.doom != nil {
		x.Rollback(t)
		return x.doom
	}
	c := x.client
	m := &Finish{Tx: x.id, Commit: true, Branches: x.branches}
	to := x.id.Coordinator
	for deadline := c.env.Elapsed() + c.cfg.Timeout; c.env.Elapsed() < deadline; {
		answer, err := t.Call(to, m, c.cfg.RetryAfter)
		o, ok := answer.(*Outcome)
		if err != nil || !ok || o.Tx != x.id {
			to = c.another(to)
			continue
		}
		return x.outcome(o.Decision)
	}
	return x.outcome(Undecided)
}

func (x *Transaction) outcome(d Decision) error {
	switch d {
	case Committed:
		x.doom = fmt.Errorf("twophase: %v is over", x.id)
		return nil
	case Aborted:
		x.doom = fmt.Errorf("twophase: %v: %w", x.id, ErrAborted)
	default:
		x.doom = fmt.Errorf("twophase: %v: %w", x.id, ErrUnknown)
	}
	return x.doom
}

// another returns the coordinator to ask after one that does not answer.
func (c *Client) another(to node.Addr) node.Addr {
	return c.coordinators[(slices.Index(c.coordinators, to)+1)%len(c.coordinators)]
}

// Rollback gives the transaction up. It tells the coordinator so, once, and if the
// message is lost participants give up by themselves (Config.IdleTimeout).
func (x *Transaction) Rollback(t node.Task) {
	if x.doom == nil {
		x.doom = fmt.Errorf("twophase: %v: %w", x.id, ErrAborted)
	}
	_, _ = t.Call(x.id.Coordinator, &Finish{Tx: x.id, Branches: x.branches}, x.client.cfg.RetryAfter)
}
