package pbfttest

import (
	"encoding/binary"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Sessions has a host order commands in other hosts' names.
var Sessions = rsmtest.Aim{
	System: "pbft", Name: "sessions", Hosts: "4",
	Question: `What can a lying host do to the clients of others, when a store's replicas have PBFT order their batches? It
has batches ordered that look like its own: commands in sessions of other hosts, at sequence numbers that those have not used
yet; sessions without end, so that others' expire; and bytes that are no batch at all. Clients at all hosts read and
write meanwhile. No host may stop, no command of the liar's may run in a session that is not its own, nobody's session
expires, and what the clients saw must be linearizable.`,
	Canon:     []string{"pbft.smr.same-requests-same-order", "pbft.client.faulty-clients"},
	Sometimes: []string{"a forged batch was ordered", "bytes that are no batch were ordered"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		t.Config.Hosts = rsmtest.Names(4)
		t.Load.Clients, t.Load.Each = 4, 40
		t.Duration = 1200 * time.Millisecond
		cfg := draw(k)
		t.Config.Engine = func(members []node.Addr) rsm.Engine {
			cfg := cfg
			cfg.Members = members
			return pbft.New(cfg)
		}
		period := k.Duration("period", 10*time.Millisecond, 60*time.Millisecond)
		t.Script = func(t *rsmtest.Trial) error {
			f := &forger{trial: t, period: period}
			f.later()
			return nil
		}
	},
}.Register()

// forger orders batches by the engine of host d.
type forger struct {
	trial  *rsmtest.Trial
	period time.Duration
	count  int
}

func (f *forger) later() {
	if f.trial.Cluster.World.Now() < f.trial.Duration {
		f.trial.Cluster.World.After(f.period, f.forge)
	}
}

func (f *forger) forge() {
	f.trial.Cluster.Do("d", func(r *rsm.Replica) {
		batch, what := f.batch(r)
		if _, err := r.Engine().Submit(batch); err == nil {
			f.count++
			f.trial.Marks.Sometimes(what, true)
		}
	})
	f.later()
}

func (f *forger) batch(r *rsm.Replica) (batch []byte, what string) {
	switch f.count % 4 {
	case 0:
		return []byte("\xff\xff\xff"), "bytes that are no batch were ordered"
	case 1:
		for i := range uint64(8) {
			batch = appendItem(batch, 0, 7+i, 1, nil) // a table of one session
		}
	default:
		for session, owner := range r.Sessions {
			for i := uint64(0); i < 12 && owner != r.Env().Self(); i++ {
				seq := uint64(f.count)*6 + i
				batch = appendItem(batch, session, seq+1, 0, forged(seq))
			}
		}
	}
	return batch, "a forged batch was ordered"
}

// forged writes what no client has written.
func forged(n uint64) []byte {
	body, err := wire.AppendBody(nil, &rsmtest.Op{ID: 1<<40 + n, Verb: uint8(workload.Write), Key: "k0", Value: "forged"})
	if err != nil {
		panic(err)
	}
	return body
}

// appendItem adds to a batch as package rsm documents it.
func appendItem(b []byte, session, seq, acked uint64, body []byte) []byte {
	for _, n := range []uint64{session, seq, acked, uint64(len(body))} {
		b = binary.AppendUvarint(b, n)
	}
	return append(b, body...)
}
