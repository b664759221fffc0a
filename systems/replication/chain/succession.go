package chain

import (
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
)

// onTick looks for who is silent, and for who might join.
func (m *Master) onTick() {
	m.tick.Reset(m.cfg.LeaseLength / 8)
	if !m.leads() || m.busy {
		return
	}
	now := m.register.now
	if a := m.silent(); a != "" {
		m.env.Note("remove", slog.String("replica", string(a)))
		m.change(Remove, a, a)
		return
	}
	if now.Joining != "" {
		return
	}
	for _, x := range m.members {
		if !now.has(x.addr) && m.lives(x.addr) {
			m.change(Join, x.addr, "")
			return
		}
	}
}

// silent returns a replica whose leases have all run out, if somebody is left who
// lives, or "". Leases that an earlier master granted began before this one led.
func (m *Master) silent() node.Addr {
	now := m.register.now
	if now.Joining != "" && !m.lives(now.Joining) {
		return now.Joining
	}
	for _, a := range now.Chain {
		if m.expired(m.member(a).granted) && m.anotherLives(a) {
			return a
		}
	}
	return ""
}

func (m *Master) anotherLives(than node.Addr) bool {
	for _, a := range m.register.now.Chain {
		if a != than && m.lives(a) {
			return true
		}
	}
	return false
}

func (m *Master) lives(a node.Addr) bool { return !m.expired(m.member(a).heard) }

// expired tells whether a lease has run out that was granted, at the latest, at
// some time by this master's clock (see lease.go).
func (m *Master) expired(since time.Duration) bool {
	//parley:rule chain.read.at-tail value=m.env.Elapsed()-since>m.cfg.LeaseLength/4
	expired := m.env.Elapsed()-since > m.cfg.LeaseLength
	return expired
}
