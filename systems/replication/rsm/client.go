package rsm

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Client executes commands and asks questions from a host that has no replica.
// It finds the leader, follows redirections, sends again what got no answer,
// and keeps a session so that a command runs at most once however often it is
// sent. Several tasks of one node may use it at a time.
type Client struct {
	env      node.Env
	servers  []node.Addr
	cfg      ClientConfig
	leader   node.Addr // whom to try first; "" if unknown
	turn     int       // of servers, when no leader is known
	session  *clientSession
	opening  *node.Future[error]
	patience patience
}

// ClientConfig is a client's knobs. The zero value of a field means its default.
type ClientConfig struct {
	// Timeout is when a request is given up. Default 10 s.
	Timeout time.Duration
	// RetryAfter is how long one server may take to answer, at least: the client has
	// more patience with servers that are slow. Default 1 s.
	RetryAfter time.Duration
	// Renew is after how long without a result a session is replaced before it
	// is used again: the table may have dropped it, and who learns that from a
	// command does not learn what became of the command. Default 1 minute.
	Renew time.Duration
	// Backoff is the mean pause before a server is asked that just refused.
	// Default 20 ms.
	Backoff time.Duration
}

// clientSession is a session, and the commands that are under way in it.
type clientSession struct {
	id    uint64
	last  uint64
	open  []uint64      // sequence numbers without an outcome, ascending
	heard time.Duration // when it was last known to be in the table
}

// NewClient returns a client of the replicas at servers.
func NewClient(env node.Env, servers []node.Addr, cfg ClientConfig) *Client {
	cfg.Timeout = or(cfg.Timeout, 10*time.Second)
	cfg.RetryAfter = or(cfg.RetryAfter, time.Second)
	cfg.Renew = or(cfg.Renew, time.Minute)
	cfg.Backoff = or(cfg.Backoff, 20*time.Millisecond)
	return &Client{
		env: env, servers: slices.Clone(servers), cfg: cfg, turn: env.Rand().IntN(len(servers)),
		patience: patience{now: cfg.RetryAfter, least: cfg.RetryAfter, most: max(cfg.RetryAfter, min(mostPatience*cfg.RetryAfter, cfg.Timeout/4))},
	}
}

// Execute has command executed, at most once, and returns its result. After an
// error SurelyNot tells whether it may have been: once the command has left this
// host that is seldom certain. The network may deliver a message twice, so a
// server that refuses one copy (it does not lead, its table no longer has the
// session) may take another, or may have executed one already. Hence nothing is
// repeated in another session: the error then says ErrSessionExpired, for which
// the outcome is unknown, and the next Execute opens a session anew.
func (c *Client) Execute(t node.Task, command []byte) ([]byte, error) {
	deadline := c.env.Elapsed() + c.cfg.Timeout
	s, err := c.openSession(t, deadline)
	if err != nil {
		return nil, fmt.Errorf("rsm: execute: open session: %w", err)
	}
	result, err := c.executeIn(t, s, command, deadline)
	if err == ErrSessionExpired {
		c.forget(s)
		err = fmt.Errorf("%w: %w", err, ErrUnknown)
	}
	if err != nil {
		return nil, fmt.Errorf("rsm: execute: %w", err)
	}
	return result, nil
}

// executeIn sends one command until there is an outcome.
func (c *Client) executeIn(t node.Task, s *clientSession, command []byte, deadline time.Duration) (result []byte, err error) {
	if len(s.open) >= Window/2 {
		return nil, ErrBusy
	}
	seq := s.begin()
	defer s.end(seq)
	sent := 0
	for ; c.env.Elapsed() < deadline; sent++ {
		r := c.call(t, &Request{Kind: Command, Session: s.id, Seq: seq, Acked: s.acked(), Body: command})
		switch err := r.Code.Err(); err {
		case nil:
			s.heard = c.env.Elapsed()
			return r.Result, nil
		case ErrSessionExpired:
			return nil, err
		case ErrTooLarge, ErrRefused:
			if sent > 0 {
				err = ErrUnknown
			}
			return nil, err // every copy of the first message gets the same refusal
		}
	}
	if sent > 0 {
		return nil, ErrUnknown
	}
	return nil, ErrNoLeader
}

// Ask puts a question, of a type registered with kernel/wire, and returns the
// answer. At level Serializable any replica answers, otherwise the leader.
func (c *Client) Ask(t node.Task, level Level, question any) (any, error) {
	body, err := wire.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("rsm: ask: %w", err)
	}
	deadline := c.env.Elapsed() + c.cfg.Timeout
	for c.env.Elapsed() < deadline {
		r := c.call(t, &Request{Kind: Question, Level: level, Body: body})
		switch err := r.Code.Err(); err {
		case nil:
			answer, err := wire.Unmarshal(r.Result)
			if err != nil {
				return nil, fmt.Errorf("rsm: ask: %w", err)
			}
			return answer, nil
		case ErrRefused:
			return nil, fmt.Errorf("rsm: ask: %w", err)
		}
	}
	return nil, fmt.Errorf("rsm: ask: %w", ErrNoLeader)
}

// openSession returns the session, opened first if there is none that is fresh.
func (c *Client) openSession(t node.Task, deadline time.Duration) (*clientSession, error) {
	if s := c.session; s != nil && len(s.open) == 0 && c.env.Elapsed()-s.heard >= c.cfg.Renew {
		c.forget(s)
	}
	for c.session == nil {
		if c.opening != nil {
			if err := c.opening.Await(t); err != nil {
				return nil, err
			}
			continue
		}
		opening := &node.Future[error]{}
		c.opening = opening
		err := c.requestSession(t, deadline)
		c.opening = nil
		opening.Resolve(err)
		if err != nil {
			return nil, err
		}
	}
	return c.session, nil
}

// requestSession asks for a session. A session opened for a request that was
// given up is nobody's; it expires.
func (c *Client) requestSession(t node.Task, deadline time.Duration) error {
	nonce := c.env.Rand().Uint64() | 1
	for c.env.Elapsed() < deadline {
		r := c.call(t, &Request{Kind: OpenSession, Seq: nonce})
		if r.Code.Err() == nil && r.Session != 0 {
			c.session = &clientSession{id: r.Session, heard: c.env.Elapsed()}
			return nil
		}
	}
	return ErrNoLeader
}

func (c *Client) forget(s *clientSession) {
	if c.session == s {
		c.session = nil
	}
}

// call sends a request to whom is best to ask, and learns from the answer whom
// to ask next. No answer is an answer of ErrUnknown.
func (c *Client) call(t node.Task, m *Request) *Response {
	to := c.leader
	if to == "" {
		to = c.servers[c.turn%len(c.servers)]
		c.turn++
	}
	asked := c.env.Elapsed()
	answer, err := t.Call(to, m, c.patience.now)
	r, ok := answer.(*Response)
	if err != nil || !ok {
		c.patience.unanswered(c.env.Elapsed())
		c.leader = ""
		return &Response{Code: CodeOf(ErrUnknown)}
	}
	switch r.Code.Err() {
	case nil:
		c.patience.answered(c.env.Elapsed() - asked)
		c.leader = to
	case ErrNotLeader, ErrUnknown, ErrNoLeader:
		known := r.Leader != "" && r.Leader != to
		c.leader = r.Leader
		if !known {
			c.leader = ""
			c.pause(t)
		}
	case ErrBusy:
		c.pause(t)
	}
	return r
}

func (c *Client) pause(t node.Task) {
	t.Sleep(c.cfg.Backoff/2 + time.Duration(c.env.Rand().Int64N(int64(c.cfg.Backoff))))
}

func (s *clientSession) begin() uint64 {
	s.last++
	s.open = append(s.open, s.last)
	return s.last
}

func (s *clientSession) end(seq uint64) {
	i, _ := slices.BinarySearch(s.open, seq)
	s.open = slices.Delete(s.open, i, i+1)
}

// acked is the sequence number up to which every command has its outcome.
func (s *clientSession) acked() uint64 {
	if len(s.open) == 0 {
		return s.last
	}
	return s.open[0] - 1
}
