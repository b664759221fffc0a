package kvtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Leases has holders of leases live through changes of leadership.
var Leases = aim{
	name:  "leases",
	hosts: "3, and 5 clients",
	question: `Does a lease end when it ran out, and not before? Holders take leases of 2 to 4 seconds, put a key
under them, renew them for a while and then stop, or revoke them; the ID is granted again as soon as it is
free. Meanwhile leaders crash, and are cut off for about as long as an expiry waits before it is proposed
again; snapshots replace logs all the time, and clocks drift. A key must be there as long as its lease was
renewed in time, no lease may end earlier than its time after the latest renewal, and when nobody renews
any more all of them must go.`,
	canon: []string{"lease.renewal.before-expiry", "lease.recovery.client-crash-waits-expiry"},
	sometimes: []string{
		"lease expired", "lease expired under a new leader", "lease ID used again",
	},
	draw: func(k *sim.Knobs, t *trial) {
		t.tenants, t.lockers, t.load.Clients, t.load.Each = 5, 0, 1, 20
		t.duration = 14 * time.Second
		t.config.Raft.SnapshotThreshold = int64(sim.Choose(k, "snapshot-threshold", 400, 3_000, 1<<30))
		t.config.Raft.KeepBytes = int64(sim.Choose(k, "keep-bytes", 1, 500))
		t.config.Look = k.Duration("look", 10*time.Millisecond, 300*time.Millisecond)
		t.unsettle(k)
		for _, host := range t.config.Hosts {
			if k.Chance("drift "+host, 0.4) {
				t.faults("at 0s for 12s drift clock %s %+dppm", host, sim.Choose(k, "ppm "+host, -1000, 1000))
			}
		}
	},
}.register()

// Locks has holders of a lock lose their way to the store.
var Locks = aim{
	name:  "locks",
	hosts: "3, and 4 clients",
	question: `Is a lock with a key under a lease held by one client at a time? Clients take it by a transaction
that finds no key, renew their lease, write to what the lock protects, and release it or forget it. They
measure their lease from the call by which they last renewed it. Their links are cut, and leaders change.
No two may hold the lock at a time, in true time, however long one was cut off; the revision at which each
got it is its token, tokens rise, and what the lock protects refuses a late write with a token that is
lower than one it has seen.`,
	canon: []string{"lease.vs-lock.no-split-brain", "nfs.lock.partition-split-brain", "lease.renewal.before-expiry"},
	sometimes: []string{
		"lock held by two clients in turn", "late write fenced off", "lease expired", "transaction lost a race",
	},
	draw: func(k *sim.Knobs, t *trial) {
		t.lockers, t.load.Clients, t.load.Each = 4, 1, 20
		t.duration = 14 * time.Second
		t.config.Raft.SnapshotThreshold = int64(sim.Choose(k, "snapshot-threshold", 400, 1<<30))
		t.unsettle(k)
		for i := range 3 {
			client := sim.Choose(k, fmt.Sprint("client ", i), "l0", "l1", "l2", "l3")
			t.faults("at %v for %v partition isolate %s", k.Duration(fmt.Sprint("cut ", i), time.Second, 9*time.Second),
				k.Duration(fmt.Sprint("span ", i), 500*time.Millisecond, 5*time.Second), client)
		}
	},
}.register()

// Watches has watches change hosts while the past is compacted.
var Watches = aim{
	name:  "watches",
	hosts: "3 to 5, and clients",
	question: `Does a watch deliver every event of its interval once and in order, whatever replica it is at?
Subscribers read in turns, fall behind, and go to another replica with the revision that they have;
followers are away for longer than the leader remembers and get their state as a snapshot; an operator
compacts close to the newest revision. What was delivered must be what happened. A watch whose beginning
was compacted must be told so, with the revision, and only then may anything be missing. At the compacted
revision itself everything can be read, and nothing before it.`,
	canon: []string{"consistency.components.durability-and-ordering", "raft.replication.retry-laggards"},
	sometimes: []string{
		"watch fell behind", "watch resumed at another replica", "watch resumed across a compaction",
	},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(sim.Choose(k, "hosts", 3, 3, 5))
		t.config.Raft.SnapshotThreshold = int64(sim.Choose(k, "snapshot-threshold", 600, 4_000))
		t.config.Raft.KeepBytes, t.config.Raft.SnapshotChunk = int64(sim.Choose(k, "keep-bytes", 1, 600)), 512
		t.duration = 5 * time.Second
		t.tenants, t.watches = k.Int("tenants", 0, 2), k.Int("watches", 3, 12)
		t.load.Clients, t.load.Each, t.load.Think = 4, 100, k.Duration("think", 10*time.Millisecond, 80*time.Millisecond)
		t.load.Mix.Delete = 3
		t.restless = sim.Choose(k, "restless", 0.02, 0.2)
		t.compact, t.lag = k.Duration("compact every", 30*time.Millisecond, time.Second), sim.Choose(k, "lag", 0, 2, 20)
		for i := range 6 {
			t.faults("at %dms crash %s; restart after %v", 300+600*i, sim.Choose(k, fmt.Sprint("away ", i), t.config.Hosts...),
				k.Duration(fmt.Sprint("gone ", i), 50*time.Millisecond, 500*time.Millisecond))
		}
		t.faults("from 0s to 4s loss %.2f links *", sim.Choose(k, "loss", 0, 0.05, 0.15))
	},
}.register()

// Quota fills the store.
var Quota = aim{
	name:  "quota",
	hosts: "3",
	question: `Is anything lost when the store is full? Clients overwrite a few keys with long values until a
host's quota is used up: it refuses what grows and raises the alarm, from which on all replicas refuse it.
An operator compacts and takes the alarm back, again and again, while hosts crash. Whoever was refused
was surely refused, whoever was answered finds his write, leases still run out, and in the end the store
takes writes again.`,
	canon:     []string{"consistency.components.durability-and-ordering"},
	sometimes: []string{"alarm raised", "alarm taken back"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Quota = int64(k.Int("quota", 2_000, 10_000))
		t.config.Raft.SnapshotThreshold = int64(sim.Choose(k, "snapshot-threshold", 4_000, 1<<30))
		t.duration = 6 * time.Second
		t.tenants, t.watches, t.load.Clients, t.load.Each = 1, 2, 4, 80
		t.load.Pad = sim.Choose(k, "pad", 100, 400)
		t.load.Remote = k.Chance("remote", 0.3) // then nobody asks the steward
		t.compact, t.lag = k.Duration("compact every", 200*time.Millisecond, 2*time.Second), 2
		t.faults("from 0s to 4s on fsync of * with %.4f crash; restart after %v",
			sim.Choose(k, "crash", 0.001, 0.005), k.Duration("dead", 10*time.Millisecond, 300*time.Millisecond))
	},
}.register()

// ExactlyOnce loses answers.
var ExactlyOnce = aim{
	name:  "exactly-once",
	hosts: "3, and 4 clients",
	question: `Is a command executed once although its client sends it again, and is what is said of its outcome
true? Clients on hosts of their own write, swap and delete through rsm.Client. Answers are lost and messages
delivered twice, leaders die between commit and answer, and the table of sessions is so small that sessions
fall out of it while their commands are under way. No command may be in the record twice, none that its
client was told to have failed may be there at all, and the history must be linearizable.`,
	canon:     []string{"raft.client.exactly-once", "raft.client.redirect-and-retry", "consistency.linearizable.write-then-read"},
	sometimes: []string{"operation of unknown outcome", "transaction lost a race"},
	draw: func(k *sim.Knobs, t *trial) {
		t.load.Remote, t.load.Clients, t.load.Each, t.load.Patience = true, 4, 80, 3*time.Second
		t.load.Think, t.load.Retry = 40*time.Millisecond, k.Duration("retry", 10*time.Millisecond, 300*time.Millisecond)
		t.load.Levels = []rsm.Level{sim.Choose(k, "level", rsm.Linearizable, rsm.Lease)}
		t.load.Mix = workload.Mix{Keys: 2, Read: 1, Write: 3, CAS: 2, Delete: 2}
		t.duration = 4 * time.Second
		t.config.RSM.MaxSessions = sim.Choose(k, "max-sessions", 3, 4, 64)
		t.config.Raft.SnapshotThreshold = int64(sim.Choose(k, "snapshot-threshold", 800, 1<<30))
		t.config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 20*time.Millisecond))
		t.faults("from 0s to 3.2s loss %.2f links a,b,c -> x0,x1,x2,x3", sim.Choose(k, "lost-answers", 0.05, 0.3, 0.6))
		t.faults("from 0s to 3.2s duplicate %.2f links *", sim.Choose(k, "twice", 0.0, 0.2, 0.5))
		t.faults("from 0s to 3.2s on fsync of * with %.3f crash; restart after %v",
			sim.Choose(k, "crash", 0.001, 0.01), k.Duration("dead", time.Millisecond, 300*time.Millisecond))
	},
}.register()

// unsettle changes leaders: by crashes, and by cutting them off.
func (t *trial) unsettle(k *sim.Knobs) {
	for i := range k.Int("unsettled", 2, 8) {
		name := fmt.Sprint("leader ", i)
		at := k.Duration(name+" at", time.Second, 11*time.Second)
		span := k.Duration(name+" span", 100*time.Millisecond, 4*time.Second)
		host := sim.Choose(k, name, t.config.Hosts...)
		switch sim.Choose(k, name+" how", "crash", "cut", "pause", "deaf") {
		case "crash":
			t.faults("at %v crash %s; restart after %v", at, host, span)
		case "cut":
			t.faults("at %v for %v partition isolate %s", at, span, host)
		case "pause":
			t.faults("at %v for %v pause %s", at, span, host)
		case "deaf":
			t.faults("at %v for %v partition one-way * -> %s", at, span, host)
		}
	}
}

// faults adds lines to the trial's plan.
func (t *trial) faults(format string, args ...any) {
	p, err := sim.Parse(fmt.Sprintf(format, args...))
	if err != nil {
		panic(fmt.Sprintf("kvtest: %v", err))
	}
	t.plan = append(t.plan, p...)
}
