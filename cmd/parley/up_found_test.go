package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// snapshotOf saves what a member of etcd, or of Parley, has.
func snapshotOf(t *testing.T, c *clientv3.Client) string {
	t.Helper()
	r, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := filepath.Join(t.TempDir(), "backup.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, r); err != nil {
		t.Fatal(err)
	}
	return path
}

// A cluster begins where another has ended: keys at their revisions, on every host,
// also after they were all killed; and a second time it does not begin.
func TestUpBeginsWithASnapshot(t *testing.T) {
	old := startUp(t, t.TempDir())
	c := client(t, old.clients[0])
	put(t, c, "greeting", "hello")
	put(t, c, "greeting", "goodbye")
	backup := snapshotOf(t, c)
	if status := old.stop(syscall.SIGINT); status != 0 {
		t.Fatal(old.output())
	}

	dir := filepath.Join(t.TempDir(), "moved")
	u := startUp(t, dir, "--from-snapshot", backup)
	u.await(regexp.MustCompile("^data     1 keys at revision 3"))
	for range 2 {
		for _, address := range u.clients {
			c := client(t, address)
			expectValue(t, c, "greeting", "goodbye")
			r, err := c.Get(t.Context(), "greeting", clientv3.WithRev(2))
			if err != nil || len(r.Kvs) != 1 || string(r.Kvs[0].Value) != "hello" || r.Kvs[0].ModRevision != 2 {
				t.Fatalf("at revision 2: %v, %v", r, err)
			}
		}
		put(t, client(t, u.clients[1]), "after", "the move")
		u.stop(syscall.SIGKILL)
		u = startUp(t, dir)
	}
	expectValue(t, client(t, u.clients[2]), "after", "the move")
	u.stop(syscall.SIGINT)

	parley(t, newUpArgs(t, dir, "--from-snapshot", backup).args...).expect(t, 1, "there is data already", "--data")
}

// Hosts of which only some begin with a snapshot would not agree.
func TestUpRefusesADirectoryThatIsHalfFilled(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, foundingMark), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	parley(t, newUpArgs(t, dir).args...).expect(t, 1, "interrupted", "--data")
}

// A wrong name of a file leaves nothing behind.
func TestUpMakesNothingWithoutItsSnapshot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "moved")
	parley(t, newUpArgs(t, dir, "--from-snapshot", "no-such-file").args...).expect(t, 1, "--from-snapshot", "no-such-file")
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there: %v", dir, err)
	}
}
