package backend_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/serve/etcd/backend"
	"github.com/parleysystems/parley/systems/stores/kv"
)

func apply(t *testing.T, s *kv.Store, commands ...*kv.Command) {
	t.Helper()
	for i, c := range commands {
		r, err := kv.DecodeResult(s.Apply(1, c.Encode()))
		if err != nil || r.Err != 0 {
			t.Fatalf("command %d: %v, %v", i, err, r)
		}
	}
}

func put(key, value string, lease kv.LeaseID) *kv.Command {
	return &kv.Command{Put: &kv.Put{Key: []byte(key), Value: []byte(value), Lease: lease}}
}

func written(t *testing.T, s *kv.Store) *bbolt.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	if err := backend.Write(path, s.Query(kv.Pin{}).(*kv.Pinned), backend.Progress{Index: 7, Term: 3, Voters: []uint64{1, 2}}); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEveryVersionHasItsRevision(t *testing.T) {
	s := kv.New(kv.Options{})
	apply(t, s,
		&kv.Command{LeaseGrant: &kv.LeaseGrant{ID: 5, TTL: 60}},
		put("a", "1", 0), put("b", "2", 5), put("a", "3", 0),
		&kv.Command{DeleteRange: &kv.DeleteRange{Key: []byte("a"), RangeEnd: []byte("z")}},
	)
	want := []struct {
		key     []byte
		pair    *mvccpb.KeyValue
		deleted bool
	}{
		{revision(2, 0, ""), &mvccpb.KeyValue{Key: []byte("a"), Value: []byte("1"), CreateRevision: 2, ModRevision: 2, Version: 1}, false},
		{revision(3, 0, ""), &mvccpb.KeyValue{Key: []byte("b"), Value: []byte("2"), CreateRevision: 3, ModRevision: 3, Version: 1, Lease: 5}, false},
		{revision(4, 0, ""), &mvccpb.KeyValue{Key: []byte("a"), Value: []byte("3"), CreateRevision: 2, ModRevision: 4, Version: 2}, false},
		{revision(5, 0, "t"), &mvccpb.KeyValue{Key: []byte("a")}, true},
		{revision(5, 1, "t"), &mvccpb.KeyValue{Key: []byte("b")}, true},
	}
	err := written(t, s).View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("key")).Cursor()
		for i, w := range want {
			k, v := c.First()
			for range i {
				k, v = c.Next()
			}
			got := new(mvccpb.KeyValue)
			if err := proto.Unmarshal(v, got); err != nil || !bytes.Equal(k, w.key) || !proto.Equal(got, w.pair) {
				t.Errorf("version %d: %x → %v, %v; want %x → %v", i, k, got, err, w.key, w.pair)
			}
		}
		if n := tx.Bucket([]byte("key")).Stats().KeyN; n != len(want) {
			t.Errorf("%d versions, want %d", n, len(want))
		}
		if n := tx.Bucket([]byte("lease")).Get(binary.BigEndian.AppendUint64(nil, 5)); !bytes.Equal(n, []byte{8, 5, 16, 60}) {
			t.Errorf("the lease is %v", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func revision(main, sub uint64, end string) []byte {
	b := binary.BigEndian.AppendUint64(nil, main)
	return append(binary.BigEndian.AppendUint64(append(b, '_'), sub), end...)
}

// More than goes into one transaction, and a compaction.
func TestALargeStoreIsWrittenWhole(t *testing.T) {
	s := kv.New(kv.Options{})
	value := strings.Repeat("x", 100<<10)
	for range 100 {
		apply(t, s, put("k", value, 0))
	}
	apply(t, s, &kv.Command{Compact: &kv.Compact{Revision: 51}})
	err := written(t, s).View(func(tx *bbolt.Tx) error {
		keys, meta := tx.Bucket([]byte("key")), tx.Bucket([]byte("meta"))
		if n := keys.Stats().KeyN; n < 51 || n > 100 {
			t.Errorf("%d versions, of which 51 are to be read", n)
		}
		if keys.Get(revision(51, 0, "")) == nil || keys.Get(revision(101, 0, "")) == nil {
			t.Error("a version is missing")
		}
		for name, want := range map[string][]byte{
			"finishedCompactRev": revision(51, 0, ""), "consistent_index": binary.BigEndian.AppendUint64(nil, 7),
			"term": binary.BigEndian.AppendUint64(nil, 3), "confState": []byte(`{"voters":[1,2],"auto_leave":false}`),
		} {
			if got := meta.Get([]byte(name)); !bytes.Equal(got, want) {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatCannotBeMadeIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "db")
	err := backend.Write(path, kv.New(kv.Options{}).Query(kv.Pin{}).(*kv.Pinned), backend.Progress{})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}
