package pbft

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/parleysystems/parley/node"
)

// Tag is a message authentication code: HMAC-SHA-256, cut to 16 bytes.
type Tag [tagSize]byte

const tagSize = 16

// Authenticator is a tag for each replica, in the order of their ids.
type Authenticator []byte

// keyring is the keys of one host, replica or client.
//
// Each host has a signing key for life, and a key for key exchange (X25519) that
// lasts for an epoch. Two hosts' exchange keys give a secret that only they know;
// from it follows a session key for each direction. In the paper each receiver
// chooses the key and sends it encrypted, which Ed25519 cannot do.
type keyring struct {
	self     node.Addr
	identity ed25519.PrivateKey
	epoch    uint64
	secret   *ecdh.PrivateKey
	peers    map[node.Addr]*peer
	mine     hash.Hash // for what this host says to itself, over restarts
	verifies func(public ed25519.PublicKey, content, signature []byte) bool
	// announced and introduced are made once an epoch, and once.
	announced  *NewKey
	introduced *Introduce
}

// peer is what is known of another host.
type peer struct {
	addr    node.Addr
	public  ed25519.PublicKey // nil: not introduced
	epoch   uint64            // 0: no session
	session *ecdh.PublicKey
	out, in hash.Hash // nil without a session
}

func newKeyring(self node.Addr, seed []byte) *keyring {
	return &keyring{
		self: self, identity: ed25519.NewKeyFromSeed(seed), peers: map[node.Addr]*peer{}, verifies: ed25519.Verify,
		mine: hmac.New(sha256.New, append([]byte("to myself"), seed...)),
	}
}

// refresh begins an epoch. What was agreed on with the old secret is void at once:
// who learnt a session key of an earlier epoch has nothing any more.
func (k *keyring) refresh(epoch uint64, secret [32]byte) {
	s, err := ecdh.X25519().NewPrivateKey(secret[:])
	if err != nil {
		panic(fmt.Sprintf("pbft: a key of 32 bytes was refused: %v", err))
	}
	k.epoch, k.secret, k.announced = epoch, s, nil
	//parley:unordered each peer's keys depend on nothing but the peer
	for _, p := range k.peers {
		k.agree(p)
	}
}

// agree derives the session keys with a peer, or forgets them if there is nothing
// to derive them from.
func (k *keyring) agree(p *peer) {
	p.out, p.in = nil, nil
	if p.session == nil || k.secret == nil {
		return
	}
	shared, err := k.secret.ECDH(p.session)
	if err != nil {
		return // a point of low order: this peer wants no secret
	}
	p.out = k.derive(shared, k.self, p.addr, k.epoch, p.epoch)
	p.in = k.derive(shared, p.addr, k.self, p.epoch, k.epoch)
}

// derive makes the key for one direction: what a host has sent does not verify when
// it is sent back to it.
func (k *keyring) derive(shared []byte, from, to node.Addr, fromEpoch, toEpoch uint64) hash.Hash {
	h := hmac.New(sha256.New, shared)
	label := binary.BigEndian.AppendUint64(nil, fromEpoch)
	label = binary.BigEndian.AppendUint64(label, toEpoch)
	label = binary.BigEndian.AppendUint32(label, uint32(len(from)))
	h.Write(append(append(label, from...), to...))
	//parley:rule pbft.keys.per-direction-session-keys pbft.claim.requires-secret-keys value=make([]byte,32)
	session := h.Sum(nil)
	return hmac.New(sha256.New, session)
}

// tag authenticates content for one peer; void without a session.
func (k *keyring) tag(to node.Addr, content []byte) (t Tag) {
	if to == k.self {
		return sum(k.mine, content)
	}
	if p := k.peers[to]; p != nil && p.out != nil {
		t = sum(p.out, content)
	}
	return t
}

func sum(h hash.Hash, content []byte) (t Tag) {
	var room [sha256.Size]byte
	h.Reset()
	h.Write(content)
	copy(t[:], h.Sum(room[:0]))
	return t
}

// verify tells whether a tag is what the peer made of content for this host.
func (k *keyring) verify(from node.Addr, t Tag, content []byte) bool {
	in := k.mine
	if from != k.self {
		p := k.peers[from]
		if p == nil || p.in == nil {
			return false
		}
		in = p.in
	}
	want := sum(in, content)
	//parley:rule pbft.keys.per-direction-session-keys pbft.claim.requires-secret-keys pbft.prepare.acceptance-checks value=true
	return subtle.ConstantTimeCompare(want[:], t[:]) == 1
}

// authenticator makes a tag for each of the members.
func (k *keyring) authenticator(members []node.Addr, content []byte) Authenticator {
	return k.tags(members, content, "")
}

// tags makes a tag for each of the members but one, whose place stays void.
func (k *keyring) tags(members []node.Addr, content []byte, but node.Addr) Authenticator {
	a := make(Authenticator, len(members)*tagSize)
	for i, m := range members {
		if m != but {
			t := k.tag(m, content)
			copy(a[i*tagSize:], t[:])
		}
	}
	return a
}

// at returns the tag for one replica, void if there is none.
func (a Authenticator) at(id ReplicaID) (t Tag) {
	if from := int(id) * tagSize; from+tagSize <= len(a) {
		copy(t[:], a[from:])
	}
	return t
}

// sign signs content with the key for life.
func (k *keyring) sign(content []byte) []byte { return ed25519.Sign(k.identity, content) }

// signed tells whether a host's signature of content is right.
func (k *keyring) signed(by node.Addr, content, signature []byte) bool {
	public := k.public(by)
	if public == nil || content == nil {
		return false
	}
	return k.verifies(public, content, signature)
}

func (k *keyring) public(of node.Addr) ed25519.PublicKey {
	if of == k.self {
		return k.identity.Public().(ed25519.PublicKey)
	}
	if p := k.peers[of]; p != nil {
		return p.public
	}
	return nil
}
