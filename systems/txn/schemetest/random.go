package schemetest

import (
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/mvcc/serializable"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// TimestampOrdered asks whether timestamp ordering keeps what it promises.
var TimestampOrdered = experiment.Register(&experiment.Experiment{
	System: "mvcc", Name: "serializable", Hosts: "1",
	Question: `Do transactions that read the versions of their own time look as if one ran after the other? The load is
that of locking/serializable, with power losses, over the storage engine or a store in memory; some readers promise to
write nothing. What those who committed saw is judged to be strictly serializable, phantoms included. Nobody is
aborted but who wrote too late. All come to an end.`,
	Canon:     []string{"mvcc.read.rule", "mvcc.write.rule", "mvcc.timestamps.read-and-write-ts"},
	Sometimes: []string{"aborted: write too late", "waited for a pending version", "over the engine", "over a store in memory", "crashed at work"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: timestampOrdered})
	},
})

func timestampOrdered(r *ordertest.Run) error {
	var all []*mvcc.Scheme
	err := drawLoad(r).isolated(r, isolation.StrictSerializable, func(store scheme.Store) scheme.Scheme {
		all = append(all, mvcc.New(store, mvcc.Options{}))
		return all[len(all)-1]
	})
	for _, s := range all {
		r.Marks.Sometimes("waited for a pending version", s.Stats().Waited > 0)
	}
	return err
}

// Snapshots asks whether snapshot isolation keeps what it promises.
var Snapshots = experiment.Register(&experiment.Experiment{
	System: "snapshotisolation", Name: "snapshots", Hosts: "1",
	Question: `Do transactions under snapshot isolation see the state of one moment, and lose no update? The load is that
of locking/serializable, with power losses. What those who committed saw is judged to be strong snapshot isolation: no cycle
of dependencies but such in which two reads in a row missed a write, and no snapshot without what had been
acknowledged before. All come to an end.`,
	Canon:     []string{"snapshotisolation.read.consistent-snapshot", "snapshotisolation.commit.first-committer-wins"},
	Sometimes: []string{"aborted: first committer wins", "over the engine", "over a store in memory", "crashed at work"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: func(r *ordertest.Run) error {
			return drawLoad(r).isolated(r, isolation.StrongSnapshot, func(s scheme.Store) scheme.Scheme { return snapshot.New(s) })
		}})
	},
})

// SerializableSnapshots asks whether looking for dangerous structures is enough.
var SerializableSnapshots = experiment.Register(&experiment.Experiment{
	System: "snapshotisolation", Name: "serializable", Hosts: "1",
	Question: `Is snapshot isolation serializable once nobody commits who would complete a dangerous structure? The load is
that of locking/serializable, with power losses; some transactions promise to write nothing. What those who
committed saw is judged to be strictly serializable, phantoms included. Who has a safe snapshot is never
aborted. All come to an end.`,
	Canon:     []string{"snapshotisolation.weaker.write-skew"},
	Sometimes: []string{"a T2 was aborted", "a T1 was aborted", "a safe snapshot", "over the engine", "over a store in memory", "crashed at work"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: serializableSnapshots})
	},
})

func serializableSnapshots(r *ordertest.Run) error {
	var all []*serializable.Scheme
	err := drawLoad(r).isolated(r, isolation.StrictSerializable, func(store scheme.Store) scheme.Scheme {
		all = append(all, serializable.New(store, serializable.Options{}))
		return all[len(all)-1]
	})
	for _, s := range all {
		stats := s.Stats()
		r.Marks.Sometimes("a T2 was aborted", stats.Pivots > 0)
		r.Marks.Sometimes("a T1 was aborted", stats.Firsts > 0)
		r.Marks.Sometimes("a safe snapshot", stats.Safe > 0)
	}
	return err
}
