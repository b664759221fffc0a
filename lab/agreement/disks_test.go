package agreement

import (
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Whoever is started on the disks of another protocol must not read them as its own,
// and must not begin anew beside what is there. (Chain and CRAQ are one.)
func TestADiskOfAnotherProtocolIsRefused(t *testing.T) {
	for _, wrote := range Family {
		for _, reads := range Family {
			if disk(wrote) == disk(reads) {
				continue
			}
			for _, h := range startOver(t, wrote, reads) {
				switch err := h.Err(); {
				case err == nil:
					t.Errorf("%s goes on with what %s wrote on host %s", reads.Name, wrote.Name, h.Name())
				case !strings.Contains(err.Error(), "record") && !strings.Contains(err.Error(), "written by the engine"):
					t.Errorf("%s on the disks of %s: %v", reads.Name, wrote.Name, err)
				}
			}
		}
	}
}

// disk names what a protocol's disks are.
func disk(p Protocol) string {
	if p.Name == "craq" {
		return "chain"
	}
	return p.Name
}

// startOver has a group execute commands under one protocol, and restarts its hosts
// under another.
func startOver(t *testing.T, wrote, reads Protocol) (hosts []*sim.Host) {
	t.Helper()
	trial := func(p Protocol) *rsmtest.Trial {
		trial := &rsmtest.Trial{Seed: 1, Config: rsmtest.Options{Hosts: rsmtest.Names(wrote.Sizes[0])}, Notes: rsmtest.Listen(nil)}
		p.into(trial)
		return trial
	}
	first, second := trial(wrote), trial(reads)
	engine := first.Config.Engine
	first.Config.Engine = func(members []node.Addr) rsm.Engine { return engine(members) }
	first.Config.Watch = nil
	first.Cluster = rsmtest.New(1, first.Config)
	w := first.Cluster.World
	t.Cleanup(w.Close)
	if first.Script != nil {
		if err := first.Script(first); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(settle)
	for id := range uint64(3) {
		o := first.Cluster.Propose(first.Cluster.Leader(), &rsmtest.Op{ID: id + 1, Verb: 1, Key: key, Value: "v"})
		if !first.Cluster.Await(time.Minute, o) || o.Err != nil {
			t.Fatalf("%s: a command: %v", wrote.Name, o.Err)
		}
	}
	w.Run(time.Second)
	engine = second.Config.Engine
	for _, name := range first.Cluster.Hosts() {
		w.Host(name).Crash()
		hosts = append(hosts, w.Host(name))
	}
	for _, h := range hosts {
		h.Restart()
	}
	w.Run(time.Second)
	return hosts
}
