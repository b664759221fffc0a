package paxos

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// MaxAcceptors is how many acceptors there can be.
const MaxAcceptors = 64

// Config is what all nodes of one decision agree on. Zero durations stand for
// what their comments say.
type Config struct {
	Proposers, Acceptors, Learners []node.Addr

	// Quorum is how many acceptors choose; a majority if zero, and never less
	// than that.
	Quorum int
	// Distinguished is how many learners the acceptors inform, the first ones;
	// zero means all.
	Distinguished int
	// Announce lets proposers tell all learners what was chosen.
	Announce bool
	// Elect lets only the lowest proposer that is heard of put values forward;
	// the others hand theirs to it.
	Elect bool

	// Retry is how long a proposer waits before it asks again who has not answered;
	// within a phase it doubles each time, up to 64-fold. 100 milliseconds.
	Retry time.Duration
	// Backoff is the longest that a proposer waits after its first rejection before
	// it begins again with a higher number, the time is drawn; with each attempt it
	// doubles, up to 64-fold. Zero
	// means that a proposer begins again at once, which two can do for ever.
	Backoff time.Duration
	// Inquiry is the interval at which a learner that knows nothing asks; 200
	// milliseconds.
	Inquiry time.Duration
	// Heartbeat is the interval of Alive; 20 milliseconds. A proposer that was
	// not heard of for four of them is not waited for.
	Heartbeat time.Duration
}

// Check tells what is wrong with the configuration.
func (c *Config) Check() error {
	switch n := len(c.Acceptors); {
	case n == 0 || n > MaxAcceptors:
		return fmt.Errorf("paxos: %d acceptors, must be 1 to %d", n, MaxAcceptors)
	case len(c.Proposers) == 0 || len(c.Proposers) > 1<<16-1:
		return fmt.Errorf("paxos: %d proposers, must be 1 to %d", len(c.Proposers), 1<<16-1)
	case c.Quorum != 0 && (c.Quorum < Majority(n) || c.Quorum > n):
		return fmt.Errorf("paxos: a quorum of %d among %d acceptors, must be %d to %d", c.Quorum, n, Majority(n), n)
	case c.Distinguished < 0 || c.Distinguished > len(c.Learners):
		return fmt.Errorf("paxos: %d distinguished learners of %d", c.Distinguished, len(c.Learners))
	}
	return nil
}

func (c Config) filled() Config {
	if err := c.Check(); err != nil {
		panic(err)
	}
	//parley:rule paxos.vs-2pc.special-case value=Majority(len(c.Acceptors))
	c.Quorum = cmp.Or(c.Quorum, Majority(len(c.Acceptors)))
	c.Retry = cmp.Or(c.Retry, 100*time.Millisecond)
	c.Inquiry = cmp.Or(c.Inquiry, 200*time.Millisecond)
	c.Heartbeat = cmp.Or(c.Heartbeat, 20*time.Millisecond)
	return c
}

// Majority is the least number of n such that any two so large sets of them
// have one in common.
func Majority(n int) int {
	//parley:rule paxos.tolerance.minority-of-nodes value=(n+1)/2
	//parley:rule paxos.vs-2pc.blocks-less value=n
	return n/2 + 1
}

// informed returns the learners that acceptors tell.
func (c *Config) informed() []node.Addr {
	if c.Distinguished > 0 {
		return c.Learners[:c.Distinguished]
	}
	return c.Learners
}

func (c *Config) acceptor(a node.Addr) (place int, known bool) {
	place = slices.Index(c.Acceptors, a.Node())
	return place, place >= 0
}
