package pbft

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"maps"
	"slices"

	"github.com/parleysystems/parley/node"
)

// Public keys come with the configuration, or by introduction: a host shows its key
// over the kernel's link, which says truly who sends, and is held to it from then
// on. That is as good as the links are, on the first day; later a link may lie.

// introduce takes a host's key if none is known, and tells whether it was news.
func (k *keyring) introduce(from node.Addr, m *Introduce, room bool) bool {
	host := from.Node()
	known := k.peers[host]
	switch {
	case m.Host != host || len(m.Public) != ed25519.PublicKeySize || host == k.self:
		return false
	case known != nil && known.public != nil, known == nil && !room:
		return false
	case !k.verifies(m.Public, m.content(), m.Signature):
		return false
	}
	k.trust(host, m.Public)
	return true
}

// trust notes a public key.
func (k *keyring) trust(host node.Addr, public ed25519.PublicKey) {
	if host == k.self {
		return
	}
	if k.peers[host] == nil {
		k.peers[host] = &peer{addr: host}
	}
	k.peers[host].public = bytes.Clone(public)
}

// introduction shows this host's public key.
func (k *keyring) introduction() *Introduce {
	if k.introduced == nil {
		m := &Introduce{Host: k.self, Public: k.public(k.self)}
		m.Signature = k.sign(m.content())
		k.introduced = m
	}
	return k.introduced
}

// announcement tells this host's key of the present epoch (§ 4.3.1 of the thesis).
func (k *keyring) announcement() *NewKey {
	if k.announced == nil {
		m := &NewKey{Host: k.self, Epoch: k.epoch, Session: k.secret.PublicKey().Bytes()}
		m.Signature = k.sign(m.content())
		k.announced = m
	}
	return k.announced
}

// receive takes a host's key of a later epoch. An older one is a replay, and would
// bring back keys that somebody may have stolen.
func (k *keyring) receive(m *NewKey) bool {
	p := k.peers[m.Host]
	if p == nil || p.public == nil {
		return false
	}
	//parley:rule pbft.recovery.discard-old-keys value=m.Epoch==p.epoch
	old := m.Epoch <= p.epoch
	if old {
		return false
	}
	session, err := ecdh.X25519().NewPublicKey(m.Session)
	if err != nil || !k.signed(m.Host, m.content(), m.Signature) {
		return false
	}
	p.epoch, p.session = m.Epoch, session
	k.agree(p)
	return true
}

// hosts returns who is known, in order.
func (k *keyring) hosts() []node.Addr { return slices.Sorted(maps.Keys(k.peers)) }
