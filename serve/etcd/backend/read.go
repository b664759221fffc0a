package backend

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"

	"go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// ErrNotDatabase says that a file is not an etcd member's database, or a damaged one.
var ErrNotDatabase = errors.New("not the database of an etcd member")

// ErrUsers says that a database has users and roles, which nobody here would ask for.
var ErrUsers = errors.New("authentication is on in this database, and here there is none: " +
	"whoever reaches the client port could read and write everything; switch it off (etcdctl auth disable) before the snapshot is taken")

// ErrDamaged says that the cluster that the database is from had found itself damaged.
var ErrDamaged = errors.New("the cluster had raised the alarm CORRUPT")

// Read returns the store in a file that `etcdctl snapshot save` wrote. Keys come with
// all their revisions, leases begin their time anew; who the members were, and an
// alarm about their space, stays behind.
func Read(path string, o kv.Options) (store *kv.Store, err error) {
	if err := verify(path); err != nil {
		return nil, err
	}
	// A file that is as it was written, and not by bbolt, leads it astray.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			store, err = nil, fmt.Errorf("%s: %w: %v", path, ErrNotDatabase, p)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotDatabase, err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		store, err = read(tx, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return store, nil
}

func read(tx *bbolt.Tx, o kv.Options) (*kv.Store, error) {
	for _, name := range [][]byte{keyBucket, metaBucket, leaseBucket} {
		if tx.Bucket(name) == nil {
			return nil, fmt.Errorf("%w: it has no bucket %q", ErrNotDatabase, name)
		}
	}
	if b := tx.Bucket(authBucket); b != nil && len(b.Get([]byte("authEnabled"))) == 1 && b.Get([]byte("authEnabled"))[0] == 1 {
		return nil, ErrUsers
	}
	if err := readAlarms(tx.Bucket(alarmBucket)); err != nil {
		return nil, err
	}
	from, err := readOrigin(tx)
	if err != nil {
		return nil, err
	}
	return kv.Build(o, from, readChanges(tx.Bucket(keyBucket)))
}

// readChanges lists the versions, which lie by revision.
func readChanges(b *bbolt.Bucket) iter.Seq2[kv.Change, error] {
	return func(yield func(kv.Change, error) bool) {
		c := b.Cursor()
		for key, value := c.First(); key != nil; key, value = c.Next() {
			change, err := readChange(key, value)
			if !yield(change, err) || err != nil {
				return
			}
		}
	}
}

func readChange(key, value []byte) (c kv.Change, err error) {
	main, sub, deleted, ok := parseRevision(key)
	if !ok {
		return c, fmt.Errorf("%w: no revision: %x", ErrNotDatabase, key)
	}
	pair := new(mvccpb.KeyValue)
	if err := proto.Unmarshal(value, pair); err != nil {
		return c, fmt.Errorf("%w: revision %d: %w", ErrNotDatabase, main, err)
	}
	if !deleted && pair.ModRevision != int64(main) {
		return c, fmt.Errorf("%w: a pair of revision %d is listed at %d", ErrNotDatabase, pair.ModRevision, main)
	}
	c = kv.Change{Sub: sub, Deleted: deleted, KeyValue: kv.KeyValue{
		Key: pair.Key, Value: pair.Value, Lease: kv.LeaseID(pair.Lease), Version: pair.Version,
		CreateRevision: kv.Revision(pair.CreateRevision), ModRevision: main,
	}}
	return c, nil
}

func parseRevision(b []byte) (main kv.Revision, sub uint64, deleted, ok bool) {
	if len(b) < 17 || b[8] != '_' || len(b) > 18 || len(b) == 18 && b[17] != 't' {
		return 0, 0, false, false
	}
	return kv.Revision(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[9:]), len(b) == 18, true
}

// readOrigin reads what is not keys. A compaction that was scheduled refuses reads,
// finished or not.
func readOrigin(tx *bbolt.Tx) (from kv.Origin, err error) {
	from.Compacted = -1
	for _, name := range []string{"scheduledCompactRev", "finishedCompactRev"} {
		if at, _, _, ok := parseRevision(tx.Bucket(metaBucket).Get([]byte(name))); ok {
			from.Compacted = max(from.Compacted, at)
		}
	}
	from.Revision = max(1, from.Compacted)
	err = tx.Bucket(leaseBucket).ForEach(func(_, value []byte) error {
		l, err := readLease(value)
		from.Leases = append(from.Leases, l)
		return err
	})
	return from, err
}

// readLease reads leasepb.Lease, see leaseValue.
func readLease(b []byte) (l kv.LeaseGrant, err error) {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return l, fmt.Errorf("%w: a lease: %w", ErrNotDatabase, protowire.ParseError(n))
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			return l, fmt.Errorf("%w: a lease: %w", ErrNotDatabase, protowire.ParseError(n))
		}
		if v, m := protowire.ConsumeVarint(b); kind == protowire.VarintType && m > 0 {
			switch number {
			case 1:
				l.ID = kv.LeaseID(v)
			case 2:
				l.TTL = int64(v)
			}
		}
		b = b[n:]
	}
	return l, nil
}

func readAlarms(b *bbolt.Bucket) error {
	if b == nil {
		return nil // older than alarms
	}
	return b.ForEach(func(key, _ []byte) error {
		a := new(pb.AlarmMember)
		if err := proto.Unmarshal(key, a); err != nil {
			return fmt.Errorf("%w: an alarm: %w", ErrNotDatabase, err)
		}
		if a.Alarm == pb.AlarmType_CORRUPT {
			return ErrDamaged
		}
		return nil
	})
}
