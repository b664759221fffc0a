package raft

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// joint tells whether two majorities are needed.
func (c *Configuration) joint() bool { return len(c.Old) > 0 }

func (c *Configuration) isVoter(a node.Addr) bool {
	return contains(c.Voters, a) || contains(c.Old, a)
}

// voters returns all voters of either set, sorted.
func (c *Configuration) voters() []node.Addr {
	if !c.joint() {
		return c.Voters
	}
	return sortedAddrs(c.Voters, c.Old)
}

// all returns everybody who is to receive the log, sorted.
func (c *Configuration) all() []node.Addr { return sortedAddrs(c.Voters, c.Old, c.Learners) }

func sortedAddrs(sets ...[]node.Addr) []node.Addr {
	all := slices.Concat(sets...)
	slices.Sort(all)
	return slices.Compact(all)
}

// quorum tells whether granted holds a majority; in a joint configuration, a
// majority of each set.
func (c *Configuration) quorum(granted []node.Addr) bool {
	if c.joint() && !majority(c.Old, granted) {
		return false
	}
	return majority(c.Voters, granted)
}

// unionQuorum is what joint consensus replaces, for comparison: one majority of
// everybody.
//
//lint:ignore U1000 a knock-out calls it
func (c *Configuration) unionQuorum(granted []node.Addr) bool { return majority(c.voters(), granted) }

func majority(of, granted []node.Addr) bool {
	n := 0
	for _, a := range of {
		if contains(granted, a) {
			n++
		}
	}
	//parley:rule rsm.viewchange.quorum-intersection rsm.fault.crash-needs-2f-plus-1 value=n>=len(of)/2
	return n > len(of)/2
}

func (c *Configuration) members() []rsm.Member {
	var ms []rsm.Member
	for _, a := range c.all() {
		ms = append(ms, rsm.Member{Addr: a, Learner: !c.isVoter(a)})
	}
	return ms
}

func (c *Configuration) String() string {
	if c.joint() {
		return fmt.Sprintf("%v from %v, learners %v", c.Voters, c.Old, c.Learners)
	}
	return fmt.Sprintf("%v, learners %v", c.Voters, c.Learners)
}

func (c *Configuration) encode() []byte {
	b, err := wire.AppendBody(nil, c)
	if err != nil {
		panic(fmt.Sprintf("raft: %v", err))
	}
	return b
}

func decodeConfiguration(b []byte) (*Configuration, error) {
	c := &Configuration{}
	if err := wire.UnmarshalBody(b, c); err != nil {
		return nil, fmt.Errorf("raft: configuration: %w", err)
	}
	return c, nil
}

// configurations is every configuration in the log, and the last one before it.
// The latest is in force, committed or not (§6).
type configurations struct {
	at      []Index
	configs []*Configuration
}

// base forgets all and begins with a configuration that holds at index i.
func (cs *configurations) base(i Index, c *Configuration) {
	cs.at, cs.configs = []Index{i}, []*Configuration{c}
}

func (cs *configurations) push(i Index, c *Configuration) {
	cs.at, cs.configs = append(cs.at, i), append(cs.configs, c)
}

// truncate abandons those at index i and above.
func (cs *configurations) truncate(i Index) {
	for n := len(cs.at) - 1; n > 0 && cs.at[n] >= i; n-- {
		cs.at, cs.configs = cs.at[:n], cs.configs[:n]
	}
}

// drop forgets those that were replaced at or before index i.
func (cs *configurations) drop(i Index) {
	for len(cs.at) > 1 && cs.at[1] <= i {
		cs.at, cs.configs = cs.at[1:], cs.configs[1:]
	}
}

func (cs *configurations) latest() (Index, *Configuration) {
	n := len(cs.at) - 1
	return cs.at[n], cs.configs[n]
}

// asOf returns the configuration that holds at index i.
func (cs *configurations) asOf(i Index) *Configuration {
	n := len(cs.at) - 1
	for n > 0 && cs.at[n] > i {
		n--
	}
	return cs.configs[n]
}

// sinceHaveVoter tells whether a is a voter of the configuration that holds at
// index i or of one after it.
func (cs *configurations) sinceHaveVoter(i Index, a node.Addr) bool {
	for n := len(cs.at) - 1; n >= 0; n-- {
		if cs.configs[n].isVoter(a) {
			return true
		}
		if cs.at[n] <= i {
			return false
		}
	}
	return false
}

// config returns the configuration in force.
func (r *Raft) config() *Configuration {
	return r.configs.configs[len(r.configs.configs)-1]
}

// adoptConfigurations takes up the configurations in the log from index i on.
func (r *Raft) adoptConfigurations(from Index) error {
	for i := from; i <= r.log.last(); i++ {
		//parley:rule raft.config.applied-on-receipt force=false
		if e := r.log.at(i); e.Kind == ConfigurationEntry {
			c, err := decodeConfiguration(e.Data)
			if err != nil {
				return fmt.Errorf("%w at index %d", err, i)
			}
			r.configs.push(i, c)
		}
	}
	return nil
}
