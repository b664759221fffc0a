package rsmtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Suspecter is an engine that can be made to act as if its leader had been silent
// for too long, by scripts and small worlds that choose when that happens.
type Suspecter interface{ Suspect() }

// Stage directs a trial's script move by move. After the first move that cannot be
// made the others do nothing, and Err says which it was.
type Stage struct {
	T   *Trial
	Err error

	heals []func()
}

// moveLimit bounds the virtual time of one move.
const moveLimit = 10 * time.Second

// World returns the world.
func (s *Stage) World() *sim.World { return s.T.Cluster.World }

// Until runs the world until something holds.
func (s *Stage) Until(what string, cond func() bool) {
	if s.Err != nil {
		return
	}
	watched := func() bool { return cond() || s.T.Broken() != nil }
	if !s.World().RunUntil(watched, moveLimit) {
		s.Err = fmt.Errorf("the script is stuck: %s does not happen", what)
	}
	if err := s.T.Broken(); err != nil {
		s.Err = err
	}
}

// Run lets time pass.
func (s *Stage) Run(d time.Duration) {
	if s.Err == nil {
		s.World().Run(d)
		s.Err = s.T.Broken()
	}
}

// Elect has a host suspect its leader, again and again if need be, until it leads.
func (s *Stage) Elect(host string) {
	const patience = 20 * time.Millisecond
	next := s.World().Now()
	s.Until(host+" leads", func() bool {
		r := s.T.Cluster.Replica(host)
		if r == nil || r.Status().Role == rsm.Leading {
			return r != nil
		}
		if s.World().Now() >= next {
			next += patience
			s.World().At(next, func() {}) // an event to come back at
			s.Suspect(host)
		}
		return false
	})
}

// Suspect makes a host suspect its leader.
func (s *Stage) Suspect(host string) {
	s.T.Cluster.Do(host, func(r *rsm.Replica) { r.Engine().(Suspecter).Suspect() })
}

// Execute has a host propose a command and waits until that is executed. It returns
// how long that took.
func (s *Stage) Execute(host string, id uint64) time.Duration {
	if s.Err != nil {
		return 0
	}
	began := s.World().Now()
	o := s.T.Cluster.Propose(host, numbered(id))
	s.Until(fmt.Sprintf("%s executes command %d", host, id), func() bool { return o.Done })
	return s.World().Now() - began
}

// Propose has a host propose a command, and waits for nothing.
func (s *Stage) Propose(host string, id uint64) *Outcome {
	if s.Err != nil {
		return &Outcome{}
	}
	return s.T.Cluster.Propose(host, numbered(id))
}

// numbered is a command that writes its number.
func numbered(id uint64) *Op { return &Op{ID: id, Verb: 1, Key: "k", Value: fmt.Sprint(id)} }

// Cut separates hosts from others; they are named with commas.
func (s *Stage) Cut(hosts, others string) {
	s.impose(sim.Halves(strings.Split(hosts, ","), strings.Split(others, ",")))
}

// OneWay cuts the links from hosts to others and not those back.
func (s *Stage) OneWay(hosts, others string) {
	s.impose(sim.OneWay(strings.Split(hosts, ","), strings.Split(others, ",")))
}

func (s *Stage) impose(p sim.Partition) { s.heals = append(s.heals, s.World().Cut(p)) }

// Mend heals all cuts.
func (s *Stage) Mend() {
	for _, heal := range s.heals {
		heal()
	}
	s.heals = nil
}

// Calm waits until all running members follow one leader, and returns its host.
func (s *Stage) Calm() string {
	s.Until("all follow one leader", func() bool {
		leader := s.T.Cluster.Leader()
		if leader == "" {
			return false
		}
		for _, m := range s.T.Cluster.Replica(leader).Status().Members {
			if r := s.T.Cluster.Replica(m.Addr.Host()); r != nil && r.Status().Leader.Host() != leader {
				return false
			}
		}
		return true
	})
	return s.T.Cluster.Leader()
}

// Crash ends a host's incarnation, Restart begins the next.
func (s *Stage) Crash(host string) { s.World().Host(host).Crash() }

// Restart begins a host's next incarnation.
func (s *Stage) Restart(host string) { s.World().Host(host).Restart() }
