package live

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The tables of services and peers are read for every batch of messages and
// change rarely, so they are copied on change and read without a lock.

func (h *Host) served() map[string]*loop { return *h.loops.Load() }

func (h *Host) known() map[string]*peer { return *h.peers.Load() }

// deliver hands messages to a service of this host.
func (h *Host) deliver(service string, messages []event, size int) {
	l, ok := h.served()[service]
	if !ok {
		h.unroutable.Add(uint64(len(messages)))
		return
	}
	l.mailbox.deliver(messages, size)
}

// sendTo hands messages to the writer of another host.
func (h *Host) sendTo(host string, ms []message) {
	p, ok := h.known()[host]
	if !ok {
		h.unroutable.Add(uint64(len(ms)))
		return
	}
	if h.isCut(host) {
		p.dropped.Add(uint64(len(ms)))
		h.drops(ms, "cut")
		return
	}
	p.send(ms)
}

// AddPeer makes a host known, or gives it another address.
func (h *Host) AddPeer(name, address string) error {
	c := Config{Name: h.name, Credentials: h.credentials}
	if err := c.checkPeer(name, address); err != nil {
		return fmt.Errorf("live: add peer: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped() {
		return ErrStopped
	}
	old := h.known()[name]
	if old != nil && !old.guest {
		old.move(address)
		return nil
	}
	p := newPeer(h, name, address)
	h.enter(p)
	h.start(p.run)
	if old != nil {
		old.remove()
	}
	return nil
}

// RemovePeer forgets a host and closes the connections with it.
func (h *Host) RemovePeer(name string) {
	if p := h.known()[name]; p != nil {
		h.forget(p)
	}
}

// partner returns the peer of that name, or a new guest.
func (h *Host) partner(name string) (*peer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.known()[name]
	if old != nil && !old.guest {
		return old, nil
	}
	if old == nil && h.guests() >= h.bounds.Guests {
		return nil, fmt.Errorf("host %s: %d guests are connected already", name, h.bounds.Guests)
	}
	if old != nil {
		old.remove()
	}
	p := newPeer(h, name, "")
	h.enter(p)
	return p, nil
}

func (h *Host) guests() (n int) {
	for _, p := range h.known() {
		if p.guest {
			n++
		}
	}
	return n
}

// enter puts p into the table, in place of another of its name. Needs h.mu.
func (h *Host) enter(p *peer) {
	peers := maps.Clone(h.known())
	peers[p.name] = p
	h.peers.Store(&peers)
}

// forget takes p out of the table, unless another has taken its place.
func (h *Host) forget(p *peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if peers := maps.Clone(h.known()); peers[p.name] == p {
		delete(peers, p.name)
		h.peers.Store(&peers)
	}
	p.remove()
}

func (h *Host) peersByName() []*peer {
	return slices.SortedFunc(maps.Values(h.known()), func(p, q *peer) int {
		return strings.Compare(p.name, q.name)
	})
}
