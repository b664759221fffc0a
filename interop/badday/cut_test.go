//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// TestALogThatWasCutBringsBackWhoWasAway: while one host is away the others take so
// much that they write a snapshot and cut their logs. It gets the snapshot, and with it
// and what came later, all of them come back from kill -9. For engines that are named:
// the default one fills more in bench/store.
func TestALogThatWasCutBringsBackWhoWasAway(t *testing.T) {
	onlyParley(t)
	if hosts.Engine() == "" {
		t.Skip("for an engine that PARLEY_INTEROP_ENGINE names")
	}
	c := hosts.Start(t)
	put(t, c.Connect(c.Hosts...), 4, "before")
	away := c.Hosts[len(c.Hosts)-1]
	away.Kill()
	c.AwaitReady()
	const size = 1 << 20
	store := c.Connect(c.Running()...)
	for i := range 120 { // MiB
		fill := func(ctx context.Context) error {
			_, err := store.Put(ctx, fmt.Sprintf("kept/%d", i%4), fmt.Sprint(i)+strings.Repeat("x", size))
			return err
		}
		if err := again(t.Context(), fill); err != nil {
			t.Fatalf("put %d of a mebibyte: %v", i, err)
		}
	}
	for _, h := range c.Running() {
		hosts.Await(t, "a snapshot of host "+h.Name, func() bool { return snapshots(t, h) > 0 })
	}
	last := "last" + strings.Repeat("y", size)
	put(t, c.Connect(c.Running()...), 4, last)
	away.Start()
	c.AwaitReady(c.Hosts...)
	expect(t, c, 4, last)
	hosts.Await(t, "the snapshot to be where it was not made", func() bool { return snapshots(t, away) > 0 })
	for _, h := range c.Hosts {
		h.Kill()
	}
	for _, h := range c.Hosts {
		h.Start()
	}
	c.AwaitReady(c.Hosts...)
	expect(t, c, 4, last)
}

// snapshots counts those of a host's replica that are whole.
func snapshots(t *testing.T, h *hosts.Host) (n int) {
	t.Helper()
	err := filepath.WalkDir(h.Data(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() == "snapshot" {
			n++
		}
		return nil // files come and go meanwhile
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
