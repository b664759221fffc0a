package vr

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// primary returns who is the primary of a view: the replicas take turns (§4).
func (c *Configuration) primary(v View) node.Addr {
	if len(c.Members) == 0 {
		return ""
	}
	return c.Members[int(v.Number())%len(c.Members)]
}

// quorum is how many replicas it takes: f+1 of 2f+1.
func (c *Configuration) quorum() int {
	//parley:rule vr.viewchange.state-from-quorum vr.normal.primary-copy value=max(1,len(c.Members)/2)
	return len(c.Members)/2 + 1
}

// has tells whether a replica has a say, and serves whether it is sent the log.
func (c *Configuration) has(a node.Addr) bool    { return slices.Contains(c.Members, a) }
func (c *Configuration) serves(a node.Addr) bool { return c.has(a) || slices.Contains(c.Learners, a) }

// all returns the members and the learners.
func (c *Configuration) all() []node.Addr { return slices.Concat(c.Members, c.Learners) }

func (c *Configuration) members() []rsm.Member {
	var ms []rsm.Member
	for _, a := range c.Members {
		ms = append(ms, rsm.Member{Addr: a})
	}
	for _, a := range c.Learners {
		ms = append(ms, rsm.Member{Addr: a, Learner: true})
	}
	return ms
}

// next returns the configuration of the next epoch, or nil if there cannot be one
// with these members.
func (c *Configuration) next(members []rsm.Member) *Configuration {
	n := &Configuration{Epoch: c.Epoch + 1, Old: c.all()}
	for _, m := range members {
		if m.Learner {
			n.Learners = append(n.Learners, m.Addr)
		} else {
			n.Members = append(n.Members, m.Addr)
		}
	}
	n.Members, n.Learners = sorted(n.Members), sorted(n.Learners)
	named := sorted(n.all())
	if len(n.Members) == 0 || len(n.all()) != len(members) || len(named) != len(members) || slices.Contains(named, "") {
		return nil
	}
	return n
}

func (c *Configuration) encode() []byte {
	b, err := wire.AppendBody(nil, c)
	if err != nil {
		panic(fmt.Sprintf("vr: %v", err))
	}
	return b
}

func decodeConfiguration(b []byte) (*Configuration, error) {
	c := &Configuration{}
	if err := wire.UnmarshalBody(b, c); err != nil {
		return nil, fmt.Errorf("vr: configuration: %w", err)
	}
	return c, nil
}

// configurations is the groups of all epochs that the log tells of, by the
// op-number of the Reconfiguration. The first is where the log begins. The group
// in force is that of the view's epoch, which need not be the last.
type configurations struct {
	at     []OpNumber
	groups []*Configuration
}

// base forgets all and begins with a group as of op-number n.
func (cs *configurations) base(n OpNumber, c *Configuration) {
	cs.at, cs.groups = []OpNumber{n}, []*Configuration{c}
}

// learn adds a group; of one epoch, or a later one, those before stay away.
func (cs *configurations) learn(n OpNumber, c *Configuration) {
	for k := len(cs.groups) - 1; k >= 0 && cs.groups[k].Epoch >= c.Epoch; k-- {
		cs.at, cs.groups = cs.at[:k], cs.groups[:k]
	}
	cs.at, cs.groups = append(cs.at, n), append(cs.groups, c)
}

// truncate abandons those at op-number n and above.
func (cs *configurations) truncate(n OpNumber) {
	for k := len(cs.at) - 1; k > 0 && cs.at[k] >= n; k-- {
		cs.at, cs.groups = cs.at[:k], cs.groups[:k]
	}
}

// of returns the group of an epoch and where it was decided, or nil.
func (cs *configurations) of(e Epoch) (OpNumber, *Configuration) {
	for k := len(cs.groups) - 1; k >= 0; k-- {
		if cs.groups[k].Epoch == e {
			return cs.at[k], cs.groups[k]
		}
	}
	return 0, nil
}

// asOf returns the group that op-number n belongs to.
func (cs *configurations) asOf(n OpNumber) (OpNumber, *Configuration) {
	k := len(cs.at) - 1
	for k > 0 && cs.at[k] > n {
		k--
	}
	return cs.at[k], cs.groups[k]
}

func (cs *configurations) latest() (OpNumber, *Configuration) {
	n := len(cs.at) - 1
	return cs.at[n], cs.groups[n]
}

// group returns the group in force.
func (r *VR) group() *Configuration {
	if _, c := r.configs.of(r.view.Epoch()); c != nil {
		return c
	}
	return &Configuration{Epoch: r.view.Epoch()}
}

// primaryOf returns the primary of a view, or "" if its group is not known here.
func (r *VR) primaryOf(v View) node.Addr {
	if _, c := r.configs.of(v.Epoch()); c != nil {
		return c.primary(v)
	}
	return ""
}

// adoptGroups takes up the groups that the log tells of from op-number n on.
func (r *VR) adoptGroups(from OpNumber) error {
	for n := max(from, r.log.base+1); n <= r.log.last(); n++ {
		if e := r.log.at(n); e.Kind == Reconfiguration {
			c, err := decodeConfiguration(e.Data)
			if err != nil {
				return fmt.Errorf("%w at op-number %d", err, n)
			}
			r.configs.learn(n, c)
		}
	}
	return nil
}
