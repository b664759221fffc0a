package chaintest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Masters has the configuration service fail, too.
var Masters = rsmtest.Aim{
	System: "chain", Name: "masters", Hosts: "3 to 4, and 3",
	Question: `What if the configuration service fails, too? The paper takes for granted that it does not; here it is replicated. Its hosts crash, alone or all together, stand still, are
cut off from one another or from the chain, while replicas are cut off, crash and come back, and clients read at every replica without a
pause. A master that takes over does not know of the leases that the one before it granted, so it may remove nobody until they have run out: no read may be answered
by a replica that was removed. There is one configuration an epoch, whichever master asked for it, and in the end the chain is whole again.`,
	Canon:     []string{"chain.failure.reconfigure", "chain.read.at-tail"},
	Sometimes: []string{"replica removed", "tail handed over"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		c := quick()
		c.LeaseLength = k.Duration("lease-length", 40*time.Millisecond, 120*time.Millisecond)
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 4))
		t.BusyReaders(sim.Choose(k, "level", rsm.Lease, rsm.Lease, rsm.Linearizable))
		t.Load.Clients, t.Load.Each, t.Load.Think = 4, 300, 8*time.Millisecond
		replicas := strings.Join(t.Config.Hosts, ",")
		t.Duration = 2 * time.Second
		for i := range 4 {
			at := time.Duration(200+380*i) * time.Millisecond
			some := func(what string, of []string) string { return sim.Choose(k, fmt.Sprint(what, " ", i), of...) }
			alone := some("alone", t.Config.Hosts)
			t.Faults("at %v for 250ms partition isolate %s", at, alone)
			if k.Chance(fmt.Sprint("crash ", i), 0.3) {
				t.Faults("at %v crash %s; restart after 150ms", at+30*time.Millisecond, alone)
			}
			at += k.Duration(fmt.Sprint("then ", i), 0, 200*time.Millisecond)
			one := some("master", masterHosts)
			switch some("fails", []string{"crash", "all crash", "pause", "isolate", "from replicas"}) {
			case "crash":
				t.Faults("at %v crash %s; restart after 200ms", at, one)
			case "all crash":
				t.Faults("at %v crash %s; restart after 60ms", at, strings.Join(masterHosts, ","))
			case "pause":
				t.Faults("at %v for 200ms pause %s", at, one)
			case "isolate":
				t.Faults("at %v for 200ms partition isolate %s", at, one)
			case "from replicas":
				t.Faults("at %v for 200ms partition halves %s | %s", at, one, replicas)
			}
		}
		into(t, c)
	},
}.Register()
