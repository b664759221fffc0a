package paxostest

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// A bare two-phase commit, to be compared with: no recovery, no timeout, one
// transaction. What the protocol is in full stands elsewhere.

// voteRequest, vote, outcome and acknowledgement are its four messages.
type (
	voteRequest struct{}
	vote        struct {
		Yes bool `wire:"1"`
	}
	outcome struct {
		Commit bool `wire:"1"`
	}
	acknowledgement struct{}
)

var (
	_ = wire.Register[voteRequest]("paxostest.voteRequest")
	_ = wire.Register[vote]("paxostest.vote")
	_ = wire.Register[outcome]("paxostest.outcome")
	_ = wire.Register[acknowledgement]("paxostest.acknowledgement")
)

// coordinator decides once all participants have voted.
type coordinator struct {
	env          node.Env
	participants []node.Addr
	yes, no      map[node.Addr]bool
	acknowledged map[node.Addr]bool
	resend       time.Duration
	timer        node.Timer
}

func newCoordinator(participants []node.Addr, resend time.Duration) *coordinator {
	return &coordinator{
		participants: participants, resend: resend,
		yes: map[node.Addr]bool{}, no: map[node.Addr]bool{}, acknowledged: map[node.Addr]bool{},
	}
}

func (c *coordinator) Start(env node.Env) {
	c.env, c.timer = env, env.Timer(c.send)
	c.send()
}

// decided tells whether all have voted, done whether all have heard.
func (c *coordinator) decided() bool { return len(c.yes)+len(c.no) == len(c.participants) }
func (c *coordinator) done() bool    { return len(c.acknowledged) == len(c.participants) }

func (c *coordinator) send() {
	if c.done() {
		return
	}
	for _, p := range c.participants {
		switch {
		case c.decided() && !c.acknowledged[p]:
			c.env.Send(p, &outcome{Commit: len(c.no) == 0})
		case !c.decided() && !c.yes[p] && !c.no[p]:
			c.env.Send(p, &voteRequest{})
		}
	}
	c.timer.Reset(c.resend)
}

func (c *coordinator) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *vote:
		before := c.decided()
		if m.Yes {
			c.yes[from] = true
		} else {
			c.no[from] = true
		}
		if c.decided() && !before {
			c.env.Log("coordinator").Append([]byte{1})
			c.send()
		}
	case *acknowledgement:
		c.acknowledged[from] = true
	}
}

// participant votes as it is told.
type participant struct {
	env       node.Env
	refuses   bool
	committed bool
}

func (p *participant) Start(env node.Env) { p.env = env }

func (p *participant) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *voteRequest:
		p.env.Log("participant").Append([]byte{1})
		p.env.Send(from, &vote{Yes: !p.refuses})
	case *outcome:
		p.env.Log("participant").Append([]byte{2})
		p.committed = m.Commit
		p.env.Send(from, &acknowledgement{})
	}
}
