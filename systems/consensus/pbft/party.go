package pbft

import (
	"crypto/ed25519"

	"github.com/parleysystems/parley/node"
)

// Party is a host's voice: its keys, and what they make of messages. Whoever speaks
// the protocol without being a Replica or a Gateway needs one. So does an intruder who
// has taken a host over: he can say whatever its keys let him say, and no more.
type Party struct {
	keys    *keyring
	members []node.Addr
}

// NewParty returns the voice of a host, of which others know nothing until they have
// received its Announcement. secret is the key of epoch 1 for key exchange.
func NewParty(self node.Addr, members []node.Addr, identity []byte, keys map[node.Addr]ed25519.PublicKey, secret [32]byte) *Party {
	p := &Party{newKeyring(self, identity), members}
	//parley:unordered each key is noted under its own address
	for a, public := range keys {
		p.keys.trust(a, public)
	}
	p.keys.refresh(1, secret)
	return p
}

// Party returns this replica's voice.
func (r *PBFT) Party() *Party { return &Party{r.keys, r.group.members} }

// Announcement tells the host's key of the present epoch.
func (p *Party) Announcement() *NewKey { return p.keys.announcement() }

// Hear takes another host's announcement.
func (p *Party) Hear(m *NewKey) bool { return p.keys.receive(m) }

// Refresh begins a later key epoch: the keys of before are void once others have heard
// the announcement.
func (p *Party) Refresh(secret [32]byte) { p.keys.refresh(p.keys.epoch+1, secret) }

// Clone returns the voice as it is now: what somebody has who copied the keys.
func (p *Party) Clone() *Party {
	k := *p.keys
	k.peers = map[node.Addr]*peer{}
	for a, known := range p.keys.peers {
		copied := *known
		k.peers[a] = &copied
	}
	return &Party{&k, p.members}
}

// To returns the voice as it speaks to one host that is no replica, a follower: what it
// seals has that host's tag alone.
func (p *Party) To(host node.Addr) *Party { return &Party{p.keys, []node.Addr{host}} }

// Seal returns a copy of a message, authenticated or signed by this party, whatever
// sender it names.
func (p *Party) Seal(m node.Message) node.Message {
	tags := func(content []byte) Authenticator { return p.keys.authenticator(p.members, content) }
	switch m := m.(type) {
	case *Request:
		c := *m
		c.Auth = tags(requestContent(m))
		return &c
	case *PrePrepare:
		c := *m
		c.Auth = tags(c.content())
		return &c
	case *Prepare:
		c := *m
		c.Auth = tags(c.content())
		return &c
	case *Commit:
		c := *m
		c.Auth = tags(c.content())
		return &c
	case *Status:
		c := *m
		c.Auth = tags(c.content())
		return &c
	case *Decided:
		c := *m
		c.Auth = tags(c.content())
		return &c
	}
	return p.sealRare(m)
}

func (p *Party) sealRare(m node.Message) node.Message {
	switch m := m.(type) {
	case *Reply:
		c := *m
		c.Digest = resultDigest(c.Result)
		c.Tag = p.keys.tag(c.Client, c.content())
		return &c
	case *Doubt:
		c := *m
		c.Auth = p.keys.authenticator(p.members, c.content())
		return &c
	case *Introduce:
		c := *m
		c.Signature = p.keys.sign(c.content())
		return &c
	case *Checkpoint:
		c := *m
		c.Signature = p.keys.sign(c.content())
		return &c
	case *ViewChange:
		c := *m
		c.Signature = p.keys.sign(c.content())
		return &c
	case *NewView:
		c := *m
		c.Signature = p.keys.sign(c.content())
		return &c
	}
	return m
}

// Sign signs a request, for replicas that cannot verify its authenticator.
func (p *Party) Sign(m *Request) *Request {
	c := *m
	c.Signature = p.keys.sign(requestContent(m))
	return &c
}

// BatchDigest names a batch of requests; that of none is the null batch.
func BatchDigest(requests []*Request) Digest { return batchDigest(requests) }
