package rsmtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Plan is a fault plan of the simulator with two lines more, in which an
// administrator asks some server for a change:
//
//	at 1.5s members a,b,d ask c
//	at 2s transfer b ask a
type Plan struct {
	Faults sim.Plan
	Admin  []Change
}

// Change is one change that an administrator asks for.
type Change struct {
	At      time.Duration
	Members []string // of the new membership, or
	Leader  string   // who is to lead
	Ask     string   // the host that is asked
}

// String returns the plan as text.
func (p Plan) String() string {
	var b strings.Builder
	for _, r := range p.Admin {
		fmt.Fprintln(&b, r)
	}
	return b.String() + p.Faults.String()
}

// String returns the request as a line of a plan.
func (r Change) String() string {
	if r.Leader != "" {
		return fmt.Sprintf("at %v transfer %s ask %s", r.At, r.Leader, r.Ask)
	}
	return fmt.Sprintf("at %v members %s ask %s", r.At, strings.Join(r.Members, ","), r.Ask)
}

// ParsePlan reads a plan.
func ParsePlan(text string) (Plan, error) {
	var p Plan
	var rest []string
	for n, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) != 6 || f[0] != "at" || f[2] != "members" && f[2] != "transfer" || f[4] != "ask" {
			rest = append(rest, line)
			continue
		}
		at, err := time.ParseDuration(f[1])
		if err != nil {
			return Plan{}, fmt.Errorf("plan: line %d: %w", n+1, err)
		}
		r := Change{At: at, Ask: f[5]}
		if f[2] == "transfer" {
			r.Leader = f[3]
		} else {
			r.Members = strings.Split(f[3], ",")
		}
		p.Admin = append(p.Admin, r)
		rest = append(rest, "") // line numbers in errors stay right
	}
	var err error
	p.Faults, err = sim.Parse(strings.Join(rest, "\n"))
	return p, err
}

// CheckPlan says what is wrong with a plan.
func CheckPlan(text string) error {
	_, err := ParsePlan(text)
	return err
}

// Follow carries a plan out. done, if not nil, is called for every change that
// was confirmed.
func (c *Cluster) Follow(p Plan, done func(Change)) error {
	if err := c.World.Apply(p.Faults); err != nil {
		return err
	}
	for _, r := range p.Admin {
		c.World.At(r.At, func() { c.request(r, done) })
	}
	return nil
}

// request asks a server; whether anything comes of it is the cluster's affair.
func (c *Cluster) request(r Change, done func(Change)) {
	confirmed := func(err error) {
		if err == nil && done != nil {
			done(r)
		}
	}
	c.Do(r.Ask, func(replica *rsm.Replica) {
		if r.Leader != "" {
			replica.Transfer(node.Join(r.Leader, Service), confirmed)
			return
		}
		replica.Reconfigure(membersOf(r.Members), confirmed)
	})
}

func membersOf(names []string) []rsm.Member {
	var members []rsm.Member
	for _, name := range names {
		host, learner := strings.CutPrefix(name, "learner:")
		members = append(members, rsm.Member{Addr: node.Join(host, Service), Learner: learner})
	}
	return members
}
