package backend_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/serve/etcd/backend"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// saved returns the file that `etcdctl snapshot save` makes of a store: the database
// and its checksum.
func saved(t *testing.T, s *kv.Store, change func(*bbolt.Tx) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	must(t, backend.Write(path, s.Query(kv.Pin{}).(*kv.Pinned), backend.Progress{Index: 7, Term: 3}))
	if change != nil {
		db, err := bbolt.Open(path, 0o600, nil)
		must(t, err)
		must(t, db.Update(change))
		must(t, db.Close())
	}
	b, err := os.ReadFile(path)
	must(t, err)
	sum := sha256.Sum256(b)
	must(t, os.WriteFile(path, append(b, sum[:]...), 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func full(t *testing.T) *kv.Store {
	s := kv.New(kv.Options{})
	apply(t, s, &kv.Command{LeaseGrant: &kv.LeaseGrant{ID: 5, TTL: 60}}, put("leased", "1", 5))
	for i := range 500 {
		apply(t, s, put(fmt.Sprint("k", i%50), fmt.Sprint(i), 0))
	}
	apply(t, s, &kv.Command{DeleteRange: &kv.DeleteRange{Key: []byte("k1"), RangeEnd: []byte("k2")}},
		&kv.Command{Compact: &kv.Compact{Revision: 300}})
	return s
}

func everything(s *kv.Store, at kv.Revision) string {
	return fmt.Sprint(s.Query(&kv.Range{Key: []byte{0}, RangeEnd: []byte{0}, Revision: at}))
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	s := full(t)
	path := saved(t, s, nil)
	again, err := backend.Read(path, kv.Options{})
	must(t, err)
	if again.Revision() != s.Revision() {
		t.Errorf("revision %d, want %d", again.Revision(), s.Revision())
	}
	for at := kv.Revision(300); at <= s.Revision(); at += 50 {
		if want, got := everything(s, at), everything(again, at); want != got {
			t.Errorf("at revision %d:\n%s\n%s", at, want, got)
		}
	}
	l := again.Query(&kv.TimeToLive{ID: 5, Keys: true}).(*kv.LeaseStatus)
	if l.TTL != 60 || len(l.Keys) != 1 {
		t.Errorf("the lease is %+v", l)
	}
}

func TestADatabaseThatMustNotBeTakenOverIsRefused(t *testing.T) {
	users := func(tx *bbolt.Tx) error { return tx.Bucket([]byte("auth")).Put([]byte("authEnabled"), []byte{1}) }
	corrupt := func(tx *bbolt.Tx) error {
		key, err := proto.Marshal(&pb.AlarmMember{MemberID: 1, Alarm: pb.AlarmType_CORRUPT})
		return errors.Join(err, tx.Bucket([]byte("alarm")).Put(key, nil))
	}
	full := func(tx *bbolt.Tx) error {
		key, err := proto.Marshal(&pb.AlarmMember{MemberID: 1, Alarm: pb.AlarmType_NOSPACE})
		return errors.Join(err, tx.Bucket([]byte("alarm")).Put(key, nil))
	}
	other := func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("key")) }
	for _, c := range []struct {
		change func(*bbolt.Tx) error
		want   error
	}{{users, backend.ErrUsers}, {corrupt, backend.ErrDamaged}, {full, nil}, {other, backend.ErrNotDatabase}} {
		if _, err := backend.Read(saved(t, kv.New(kv.Options{}), c.change), kv.Options{}); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}

func TestADamagedDatabaseIsRefused(t *testing.T) {
	good, err := os.ReadFile(saved(t, full(t), nil))
	must(t, err)
	bad := filepath.Join(t.TempDir(), "bad")
	read := func(b []byte) (*kv.Store, error) {
		must(t, os.WriteFile(bad, b, 0o600))
		return backend.Read(bad, kv.Options{})
	}
	for _, n := range []int{0, 100, 512, 4096, len(good) / 2, len(good) - sha256.Size, len(good) - 1} {
		if _, err := read(good[:n]); !errors.Is(err, backend.ErrNotDatabase) {
			t.Errorf("cut at %d of %d bytes: %v", n, len(good), err)
		}
	}
	for at := 0; at < len(good); at += 997 {
		flipped := bytes.Clone(good)
		flipped[at] ^= 0x15
		if _, err := read(flipped); !errors.Is(err, backend.ErrNotDatabase) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}
