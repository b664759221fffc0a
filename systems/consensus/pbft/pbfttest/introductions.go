package pbfttest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// Introductions restarts a replica that knows others by introduction alone.
var Introductions = script{
	name: "introductions",
	question: `Whom does a replica believe after a restart that knows others by introduction alone? All introduce themselves, and batches are executed until its log has been cut several
times; the log must stay short. The replica restarts. Somebody introduces himself in c's name, with another key, and speaks for c: he must not be heard. c itself must be, by the key
that it showed before the restart.`,
	canon:  []string{"pbft.keys.per-direction-session-keys"},
	config: func(c *pbft.Config) { c.Clients = 8 },
	play: func(b *bench) {
		for _, h := range []string{"a", "c", "d", "x0"} {
			b.introduce(h, b.puppets[h].voice, Public(b.puppets[h].env.Self()))
		}
		for range 6 {
			b.checkpointed()
		}
		low, _ := b.replica().Marks()
		b.want(low == 24, "after six checkpoints the low water mark is %d", low)
		b.want(b.replica().Journal() < 60, "after six checkpoints the log has %d records", b.replica().Journal())

		b.world.Host("b").Crash()
		b.world.Host("b").Restart()
		b.run(20 * time.Millisecond)
		for _, h := range []string{"a", "x0"} {
			b.pass(h, b.members[1], b.puppets[h].voice.Announcement())
		}
		addr := b.puppets["c"].env.Self()
		identity := sha256.Sum256([]byte("somebody else"))
		public := ed25519.NewKeyFromSeed(identity[:]).Public().(ed25519.PublicKey)
		impostor := pbft.NewParty(addr, b.members, identity[:], map[node.Addr]ed25519.PublicKey{b.members[1]: Public(b.members[1])}, identity)
		impostor.Refresh(identity) // a later epoch than c's
		key, _ := last[*pbft.NewKey](b, "c")
		impostor.Hear(key)
		b.introduce("c", impostor, public)
		m := b.order(0, 25, b.request())
		b.say("a", m)
		b.pass("c", b.members[1], impostor.Seal(prepare("c", m)))
		b.want(b.commits(25) == 0, "who shows another key in a known name is believed")
		b.pass("c", b.members[1], b.puppets["c"].voice.Announcement())
		b.say("c", prepare("c", m))
		b.want(b.commits(25) == 1, "who has introduced himself before the restart is a stranger after it")
	},
}.register()

// introduce shows a public key over a host's link, and then the key for key exchange.
func (b *bench) introduce(host string, voice *pbft.Party, public ed25519.PublicKey) {
	hello := &pbft.Introduce{Host: b.puppets[host].env.Self(), Public: public}
	b.pass(host, b.members[1], voice.Seal(hello), voice.Announcement())
}

// checkpointed executes four batches and makes the checkpoint after them stable.
func (b *bench) checkpointed() {
	from, _ := b.replica().Marks()
	for n := range pbft.SeqNo(4) {
		b.carry(b.order(0, from+n+1, b.request()))
	}
	b.run(5 * time.Millisecond)
	own, found := last[*pbft.Checkpoint](b, "c")
	b.want(found && own.Seq == from+4, "no checkpoint after number %d", from+4)
	for _, h := range []string{"a", "c", "d"} {
		if m := own; found {
			vote := *m
			vote.Replica = id(h)
			b.say(h, &vote)
		}
	}
	b.run(5 * time.Millisecond)
}
