package backend

import (
	"encoding/binary"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// Progress is where the log of the group stands that the store is a function of.
type Progress struct {
	Index, Term uint64
	Voters      []uint64 // IDs of the members
}

// Write writes a store to a new file. It holds one batch of changes in memory, and
// 24 bytes of each version.
func Write(path string, store *kv.Pinned, at Progress) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoGrowSync: true, NoFreelistSync: true})
	if err != nil {
		return fmt.Errorf("create the database %s: %w", path, err)
	}
	err = write(db, store, at)
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write the database %s: %w", path, err)
	}
	return nil
}

func write(db *bbolt.DB, store *kv.Pinned, at Progress) error {
	if err := db.Update(func(tx *bbolt.Tx) error { return putRest(tx, store, at) }); err != nil {
		return err
	}
	next, stop := iter.Pull(store.Changes())
	defer stop()
	for more := true; more; {
		err := db.Update(func(tx *bbolt.Tx) (err error) {
			more, err = putChanges(tx.Bucket(keyBucket), next)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// batchBytes is how much of keys and values goes into one transaction, all of
// which bbolt holds in memory.
const batchBytes = 4 << 20

// putChanges writes the next batch, and tells whether there may be another.
func putChanges(b *bbolt.Bucket, next func() (kv.Change, bool)) (more bool, err error) {
	b.FillPercent = 0.9 // revisions come in ascending order
	for size := 0; size < batchBytes; {
		c, ok := next()
		if !ok {
			return false, nil
		}
		value, err := proto.Marshal(pairOf(&c))
		if err != nil {
			return false, err
		}
		if err := b.Put(revisionKey(c.ModRevision, c.Sub, c.Deleted), value); err != nil {
			return false, err
		}
		size += len(value)
	}
	return true, nil
}

func pairOf(c *kv.Change) *mvccpb.KeyValue {
	if c.Deleted {
		return &mvccpb.KeyValue{Key: c.Key}
	}
	return &mvccpb.KeyValue{
		Key: c.Key, Value: c.Value, Lease: int64(c.Lease), Version: c.Version,
		CreateRevision: int64(c.CreateRevision), ModRevision: int64(c.ModRevision),
	}
}

func revisionKey(main kv.Revision, sub uint64, deleted bool) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 18), uint64(main))
	b = binary.BigEndian.AppendUint64(append(b, '_'), sub)
	if deleted {
		b = append(b, 't')
	}
	return b
}

// putRest makes all buckets, and writes what is not keys.
func putRest(tx *bbolt.Tx, store *kv.Pinned, at Progress) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	if err := putMeta(tx.Bucket(metaBucket), store, at); err != nil {
		return err
	}
	for id, ttl := range store.Leases() {
		if err := tx.Bucket(leaseBucket).Put(number(uint64(id)), leaseValue(id, ttl)); err != nil {
			return err
		}
	}
	for _, a := range store.Alarms() {
		key, err := proto.Marshal(&pb.AlarmMember{MemberID: a.Member, Alarm: pb.AlarmType(a.Kind)})
		if err != nil {
			return err
		}
		if err := tx.Bucket(alarmBucket).Put(key, []byte{}); err != nil {
			return err
		}
	}
	return nil
}
