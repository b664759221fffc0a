package pbfttest

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// PrePrepares shows a backup what a primary may do, and what it may not.
var PrePrepares = script{
	name: "pre-prepare",
	question: `What does a backup accept from a primary? A replica is shown pre-prepares: of another view, from
another than the primary, outside the water marks, with a wrong tag, with a digest that is not the batch's, with a
request that nobody made, and two for one number. It must answer by a prepare to exactly the good ones, and to the first of two.`,
	canon: []string{"pbft.preprepare.assign-sequence", "pbft.preprepare.one-request-per-number", "pbft.prepare.acceptance-checks", "pbft.byzantine-primary.equivocation"},
	play: func(b *bench) {
		first := b.request()
		b.say("a", b.order(1, 1, first), b.order(0, 0, first), b.order(0, 9, first), b.order(0, 1<<50, first))
		other := b.order(0, 1, first)
		other.Replica = id("c")
		b.say("c", other, b.order(0, 1, first))
		wrong := b.order(0, 1, first)
		wrong.Digest[0] ^= 1
		b.say("a", wrong)
		invented := b.requestAt(1, "k", "the primary's")
		invented.Auth = first.Auth
		b.say("a", b.order(0, 1, invented))
		b.want(b.prepares(1) == 0 && b.prepares(0) == 0 && b.prepares(9) == 0, "a prepare for a pre-prepare that is not acceptable")
		b.want(b.replica().LogSize() < 8, "%d things are kept of what was not acceptable", b.replica().LogSize())

		good := b.order(0, 2, first)
		b.say("a", good)
		b.want(b.prepares(2) == 1, "%d prepares for a good pre-prepare, want 1", b.prepares(2))
		second := b.order(0, 2, b.request())
		b.say("a", second)
		b.want(b.prepares(2) == 1, "a second prepare at one number of one view")
		b.say("d", prepare("d", second), commit("d", second))
		b.say("c", prepare("c", second), commit("c", second))
		b.say("a", commit("a", second))
		b.want(b.commits(2) == 0 && len(b.executed) == 0, "a batch is committed that this replica did not accept")
		b.run(200 * time.Millisecond)
		b.want(b.prepares(2) >= 1, "a prepare that may be lost is not sent again")
	},
}.register()

// Votes counts prepares and commits that must count, and those that must not.
var Votes = script{
	name: "votes",
	question: `When is a batch prepared, and when committed-local? A replica is sent prepares and commits with wrong tags,
in others' names, of other views, outside the water marks, with other digests, the primary's, and the same ones again. It must send its
commit when exactly 2f matching prepares of different backups are there, its own included, and execute when exactly 2f+1
commits are, its own included; votes that come early count later.`,
	canon: []string{
		"pbft.prepare.acceptance-checks", "pbft.prepare.prepared-predicate", "pbft.commit.multicast-when-prepared",
		"pbft.commit.committed-predicates", "pbft.quorum.overlap", "pbft.claim.f-plus-1-writes-commit", "pbft.claim.requires-secret-keys",
		"pbft.primary.policed-by-backups", "pbft.prepare.agreement-within-view", "pbft.commit.local-implies-committed",
	},
	play: func(b *bench) {
		m := b.order(0, 1, b.request())
		b.say("a", m)
		b.want(b.commits(1) == 0, "a commit on a pre-prepare alone")
		other := *m
		other.Digest = pbft.BatchDigest(nil)
		later := *m
		later.View = 1
		b.say("a", prepare("a", m))                       // the primary's word is its pre-prepare
		b.say("c", prepare("d", m), prepare("b", m))      // in others' names
		b.say("c", prepare("c", &later))                  // of another view
		b.say("c", prepare("c", &other), prepare("c", m)) // two votes: the first stays
		b.pass("d", b.members[1], prepare("d", m))        // without a tag
		nobody := *prepare("d", m)
		nobody.Replica = 99
		b.say("d", &nobody, &pbft.Commit{Seq: 1, Digest: m.Digest, Replica: 99}, &pbft.Decided{Seq: 1, Digest: m.Digest, Replica: 4}, &pbft.Status{Replica: 4})
		b.want(b.commits(1) == 0, "a commit although no other backup's prepare matches")
		b.say("d", prepare("d", m))
		b.want(b.commits(1) == 1, "no commit although the batch is prepared")
		b.want(len(b.executed) == 0, "executed without others' commits")

		b.say("d", commit("d", m), commit("d", m), commit("c", m), commit("a", m))
		b.say("c", commit("c", &later), commit("c", &other), commit("c", m))
		b.want(len(b.executed) == 0, "executed with the commits of two replicas")
		b.say("a", commit("a", m))
		b.want(len(b.executed) == 1 && b.replies(1) == 1, "not executed although 2f+1 replicas have sent commits")

		early := b.order(0, 2, b.request())
		b.say("d", commit("d", early), prepare("d", early))
		b.say("a", commit("a", early))
		b.want(b.commits(2) == 0 && len(b.executed) == 1, "something is said of a batch that is not here")
		b.say("a", early)
		b.want(b.commits(2) == 1 && len(b.executed) == 2, "votes that came early are lost")
	},
}.register()

// Sequence commits numbers in a scrambled order.
var Sequence = script{
	name: "sequence",
	question: `In which order does a replica execute? Numbers commit as 3, 4, 2, 1, and each batch overwrites one key: execution must be
1, 2, 3, 4, and the replies come from this replica itself. A request that is ordered again, at a later number or with an older timestamp, is not
executed again; a retry of the latest one gets the stored reply.`,
	canon: []string{"pbft.execute.in-sequence", "pbft.execute.exactly-once-timestamps", "pbft.smr.same-requests-same-order"},
	play: func(b *bench) {
		var all []*pbft.PrePrepare
		var requests []*pbft.Request
		for n := range 4 {
			requests = append(requests, b.request())
			all = append(all, b.order(0, pbft.SeqNo(n+1), requests[n]))
		}
		for _, i := range []int{2, 3, 1} {
			b.carry(all[i])
		}
		b.want(len(b.executed) == 0, "number %v is executed before number 1", b.executed)
		b.carry(all[0])
		b.want(slices.Equal(b.executed, []pbft.SeqNo{1, 2, 3, 4}), "executed %v", b.executed)
		for t := range pbft.Timestamp(4) {
			b.want(b.replies(t+1) == 1, "%d replies to request %d", b.replies(t+1), t+1)
		}
		before := b.replica().Machine().Digest()
		b.carry(b.order(0, 5, requests[3], requests[1]))
		b.want(len(b.executed) == 5, "a batch of old requests takes no number")
		b.want(b.replica().Machine().Digest() == before, "a request is executed again")
		b.say("x0", requests[3], requests[0])
		b.want(b.replies(4) == 2 && b.replies(1) == 1, "a retry of the latest request got %d replies, of an older one %d", b.replies(4), b.replies(1))
	},
}.register()

// Marks fills a replica with numbers that it has no room for.
var Marks = script{
	name: "water-marks",
	question: `Can a liar exhaust a replica's memory, or its numbers? A faulty primary and backups send pre-prepares, prepares, commits, checkpoints and
claims for ten thousand numbers beyond the high water mark, some of them near the greatest that there is. Nothing of it may be kept.`,
	canon: []string{"pbft.prepare.acceptance-checks"},
	play: func(b *bench) {
		before := b.replica().LogSize()
		for i := range 500 {
			n := pbft.SeqNo(9+i) << (i % 50)
			m := b.order(0, n)
			b.say("a", m, commit("a", m))
			b.say("c", prepare("c", m), commit("c", m), &pbft.Decided{Seq: n, Replica: id("c")})
			b.say("c", &pbft.Checkpoint{Seq: n, Replica: id("c")})
		}
		b.want(b.replica().LogSize() <= before+4, "the log has grown by %d", b.replica().LogSize()-before)
		b.carry(b.order(0, 1, b.request()))
		b.want(len(b.executed) == 1, "number 1 is not executed any more")
	},
}.register()

// Certificates shows proofs of checkpoints.
var Certificates = script{
	name: "certificates",
	question: `Which sets of messages are a quorum certificate? A replica that has executed nothing is shown proofs of a checkpoint: with 2f signers, with a
signer twice, with two digests, two numbers, a wrong signature, a signer that is none. It must go for the state of a proof of 2f+1 different
signers alone.`,
	canon: []string{"pbft.quorum.certificate", "pbft.gc.stable-checkpoint"},
	play: func(b *bench) {
		vote := func(by, named string, n pbft.SeqNo, d byte) *pbft.Checkpoint {
			return b.puppets[by].voice.Seal(&pbft.Checkpoint{Seq: n, Digest: pbft.Digest{d}, Replica: id(named)}).(*pbft.Checkpoint)
		}
		a, c, d := vote("a", "a", 8, 1), vote("c", "c", 8, 1), vote("d", "d", 8, 1)
		for i, proof := range [][]*pbft.Checkpoint{
			nil, {a}, {a, c}, {a, c, c}, {a, c, vote("d", "d", 8, 2)}, {a, c, vote("d", "d", 12, 1)}, {a, c, vote("c", "d", 8, 1)},
			{a, c, {Seq: 8, Digest: pbft.Digest{1}, Replica: 77}}, {a, a, a, a, a}, {a, c, {Seq: 8, Digest: pbft.Digest{1}, Replica: 3}},
		} {
			b.pass("c", b.members[1], &pbft.Proof{Checkpoints: proof})
			b.run(200 * time.Millisecond)
			b.want(b.asked() == 0, "set %d is taken for a proof", i)
		}
		b.pass("c", b.members[1], &pbft.Proof{Checkpoints: []*pbft.Checkpoint{a, c, d}})
		b.run(200 * time.Millisecond)
		b.want(b.asked() > 0, "a certificate is not believed")
	},
}.register()

// asked counts the requests for parts of a state.
func (b *bench) asked() (count int) {
	for _, h := range []string{"a", "c", "d"} {
		count += seen(b, h, func(*pbft.GetPart) bool { return true })
	}
	return count
}

// Keys has messages tampered with, reflected and passed on.
var Keys = script{
	name: "keys",
	question: `What is a tag worth? A replica gets messages that were tampered with, its own ones back, ones that were made for another replica, ones of somebody who
has the keys of a third, and, after the keys were renewed, ones made with stolen keys. None may count. What comes from the peer itself, with the
keys of now, must.`,
	canon: []string{"pbft.keys.per-direction-session-keys", "pbft.claim.requires-secret-keys", "pbft.recovery.discard-old-keys"},
	play: func(b *bench) {
		m := b.order(0, 1, b.request())
		b.say("a", m)
		own, _ := last[*pbft.Prepare](b, "c")
		reflected := *own
		reflected.Replica = id("c")
		b.pass("c", b.members[1], &reflected)
		tampered := *b.puppets["c"].voice.Seal(prepare("c", b.order(0, 2))).(*pbft.Prepare)
		tampered.Seq, tampered.Digest = 1, m.Digest
		b.pass("c", b.members[1], &tampered)
		forAnother := *b.puppets["c"].voice.Seal(prepare("c", m)).(*pbft.Prepare)
		copy(forAnother.Auth[1*16:2*16], forAnother.Auth[3*16:4*16]) // the tag for d
		b.pass("c", b.members[1], &forAnother)
		b.say("d", prepare("c", m)) // with the keys of d
		b.want(b.commits(1) == 0, "a message counts that its sender did not make for this replica")

		before := b.puppets["c"].voice.Clone()
		b.world.Host("b").Crash()
		b.world.Host("b").Restart()
		b.run(20 * time.Millisecond)
		b.pass("c", b.members[1], before.Seal(prepare("c", m)))
		b.want(b.commits(1) == 0, "keys of before the restart are good after it")
		stolen, old := b.puppets["c"].voice.Clone(), b.puppets["c"].voice.Announcement()
		b.puppets["c"].voice.Refresh(sha256.Sum256([]byte("another secret")))
		b.pass("c", b.members[1], b.puppets["c"].voice.Announcement())
		b.pass("c", b.members[1], stolen.Seal(prepare("c", m)))
		b.want(b.commits(1) == 0, "stolen keys are good after they were renewed")
		b.pass("c", b.members[1], old)
		b.pass("c", b.members[1], stolen.Seal(prepare("c", m)))
		b.want(b.commits(1) == 0, "stolen keys are good again after an announcement was replayed")
		b.say("c", prepare("c", m))
		b.want(b.commits(1) == 1, "a peer with the keys of now is not understood")
	},
}.register()

// Replies has colluding liars answer a client first.
var Replies = script{
	name: "replies",
	question: `When does a client believe a result? f liars, the primary among them, answer at once and alike; they answer in others' names, again and again, and for
other requests; then correct replicas answer. The client must take the right result, as soon as f+1 replicas have said it, and none before; on tentative
replies it must wait for 2f+1.`,
	canon: []string{"pbft.client.matching-replies", "pbft.claim.primary-reply-suffices"},
	play: func(b *bench) {
		reply := func(host string, t pbft.Timestamp, value string, tentative bool) node.Message {
			return &pbft.Reply{
				Timestamp: t, Client: b.client.addr, Replica: id(host), Tentative: tentative, Whole: true, Result: []byte(value),
			}
		}
		answer := func(by, named string, t pbft.Timestamp, value string, tentative bool) {
			b.pass(by, b.client.addr, b.puppets[by].voice.Seal(reply(named, t, value, tentative)))
		}
		o := b.ask()
		t := b.stampOfClient()
		answer("a", "a", t, "lie", false)
		answer("a", "a", t, "lie", false)
		answer("a", "c", t, "lie", false)
		answer("a", "d", t, "lie", false)
		answer("c", "c", t-1, "lie", false)
		answer("c", "c", t+1, "lie", false)
		b.want(!o.Done, "the client believes %q, which one replica said", o.Result)
		answer("c", "c", t, "truth", false)
		b.want(!o.Done, "the client believes %q, which one replica said", o.Result)
		answer("d", "d", t, "truth", false)
		b.want(o.Done && string(o.Result) == "truth", "f+1 equal replies, and the client has %v %q", o.Done, o.Result)

		o = b.ask()
		t = b.stampOfClient()
		answer("a", "a", t, "maybe", true)
		answer("c", "c", t, "maybe", true)
		b.want(!o.Done, "the client believes tentative replies of f+1")
		answer("d", "d", t, "maybe", true)
		b.want(o.Done && string(o.Result) == "maybe", "2f+1 tentative replies are not believed")
	},
}.register()

// ask has the gateway make a request.
func (b *bench) ask() *Outcome {
	o := &Outcome{}
	b.client.Do(func(g *pbft.Gateway) {
		g.Invoke([]byte("op"), func(result []byte, err error) { o.Done, o.Result, o.Err = true, result, err })
	})
	b.run(time.Millisecond)
	return o
}

// stampOfClient returns the timestamp of the gateway's latest request, as the primary
// got it.
func (b *bench) stampOfClient() (t pbft.Timestamp) {
	m, _ := last[*pbft.Request](b, "a")
	return m.Timestamp
}
