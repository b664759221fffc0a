package multipaxos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// maxMembers is how many members a configuration may have: a slot's votes are the
// bits of one word.
const maxMembers = 31

// founding returns the configuration that a group begins with.
func founding(members []node.Addr, alpha int) *Configuration {
	c := &Configuration{NextID: 1, Alpha: uint32(alpha)}
	for _, a := range slices.Sorted(slices.Values(members)) {
		c.Members = append(c.Members, Acceptor{Addr: a, ID: c.NextID})
		c.NextID++
	}
	return c
}

// next returns the configuration of other members that follows this one, or nil if
// it would be none: without a voter, or with somebody named twice. Members keep
// their numbers; newcomers get new ones.
func (c *Configuration) next(members []rsm.Member) *Configuration {
	d := &Configuration{Number: c.Number + 1, NextID: c.NextID, Alpha: c.Alpha}
	for _, m := range members {
		a := Acceptor{Addr: m.Addr, ID: c.id(m.Addr), Learner: m.Learner}
		if a.Addr == "" || slices.ContainsFunc(d.Members, func(b Acceptor) bool { return a.Addr == b.Addr }) {
			return nil
		}
		if a.ID == 0 {
			a.ID = d.NextID
			d.NextID++
		}
		d.Members = append(d.Members, a)
	}
	//parley:noties no two members share an address
	slices.SortFunc(d.Members, func(a, b Acceptor) int { return strings.Compare(string(a.Addr), string(b.Addr)) })
	if d.voters() == 0 || len(d.Members) > maxMembers || d.NextID > maxID {
		return nil
	}
	return d
}

// member returns a member, or nil.
func (c *Configuration) member(a node.Addr) *Acceptor {
	for i := range c.Members {
		if c.Members[i].Addr == a {
			return &c.Members[i]
		}
	}
	return nil
}

// id returns a member's number, 0 for none.
func (c *Configuration) id(a node.Addr) ProposerID {
	if m := c.member(a); m != nil {
		return m.ID
	}
	return 0
}

func (c *Configuration) isVoter(a node.Addr) bool {
	m := c.member(a)
	return m != nil && !m.Learner
}

func (c *Configuration) voters() int {
	n := 0
	for i := range c.Members {
		if !c.Members[i].Learner {
			n++
		}
	}
	return n
}

// quorum is how many acceptors it takes: any two such sets share one.
func (c *Configuration) quorum() int {
	//parley:rule multipaxos.leader.election-and-liveness value=max(1,c.voters()/2)
	return c.voters()/2 + 1
}

func (c *Configuration) members() []rsm.Member {
	var ms []rsm.Member
	for _, a := range c.Members {
		ms = append(ms, rsm.Member{Addr: a.Addr, Learner: a.Learner})
	}
	return ms
}

func (c *Configuration) encode() []byte { return encode(c) }

func encode(m any) []byte {
	b, err := wire.AppendBody(nil, m)
	if err != nil {
		panic(fmt.Sprintf("multipaxos: %v", err))
	}
	return b
}

func decodeConfiguration(b []byte) (*Configuration, error) {
	c := &Configuration{}
	if err := wire.UnmarshalBody(b, c); err != nil {
		return nil, fmt.Errorf("multipaxos: configuration: %w", err)
	}
	return c, nil
}

// configurations says who accepts in which slot (I5), as far as the chosen prefix
// says: All[i] does from slot Since[i] on.
type configurations struct {
	Since []Slot          `wire:"1"`
	All   []Configuration `wire:"2"`
}

// of returns the configuration of a slot, and from where on the next is in force,
// 0 if none is known.
func (cs *configurations) of(s Slot) (c *Configuration, until Slot) {
	k := len(cs.All) - 1
	for k > 0 && cs.Since[k] > s {
		until = cs.Since[k]
		k--
	}
	return &cs.All[k], until
}

// inForce returns the configuration of a slot, and from where on it is.
func (cs *configurations) inForce(s Slot) (since Slot, c *Configuration) {
	k := len(cs.All) - 1
	for k > 0 && cs.Since[k] > s {
		k--
	}
	return cs.Since[k], &cs.All[k]
}

func (cs *configurations) latest() (Slot, *Configuration) {
	n := len(cs.All) - 1
	return cs.Since[n], &cs.All[n]
}

// learn takes up the configuration that was chosen in a slot, and reports whether
// it is valid.
func (cs *configurations) learn(s Slot, c *Configuration) bool {
	if _, now := cs.latest(); c.Number != now.Number+1 {
		return false
	}
	cs.Since, cs.All = append(cs.Since, s+Slot(c.Alpha)), append(cs.All, *c)
	return true
}

// asOf returns what was known when slot s was executed: all that was chosen in
// slots up to s.
func (cs *configurations) asOf(s Slot) *configurations {
	known := &configurations{}
	for i, c := range cs.All {
		if i == 0 || cs.Since[i] <= s+Slot(c.Alpha) {
			known.Since, known.All = append(known.Since, cs.Since[i]), append(known.All, c)
		}
	}
	return known
}

// forget leaves out what is in force in no slot behind s any more.
func (cs *configurations) forget(s Slot) {
	k := 0
	for k+1 < len(cs.All) && cs.Since[k+1] <= s+1 {
		k++
	}
	cs.Since, cs.All = slices.Clone(cs.Since[k:]), slices.Clone(cs.All[k:])
}

func decodeConfigurations(b []byte) (*configurations, error) {
	cs := &configurations{}
	err := wire.UnmarshalBody(b, cs)
	if err == nil && (len(cs.All) == 0 || len(cs.All) != len(cs.Since)) {
		err = fmt.Errorf("%d of them for %d places", len(cs.All), len(cs.Since))
	}
	if err != nil {
		return nil, fmt.Errorf("multipaxos: configurations: %w", err)
	}
	return cs, nil
}
