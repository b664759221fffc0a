//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// badDisk hurts the disk of one host under load, wants it to stop with those
// words, and the others to go on; then it mends the disk, and wants the host back
// with all that was acknowledged by anybody.
func badDisk(t *testing.T, c *hosts.Cluster, victim *hosts.Host, hurt, mend func(), words ...string) {
	t.Helper()
	l := newLoad(t, c, 1)
	hurt()
	if status := victim.AwaitExit(); status != 1 {
		t.Errorf("host %s ends with status %d, want 1", victim.Name, status)
	}
	said := victim.Log()
	for _, want := range words {
		if !strings.Contains(said, want) {
			t.Errorf("host %s does not say %q:\n%s", victim.Name, want, said)
		}
	}
	c.AwaitReady()
	put(t, c.Connect(c.Running()...), 50, "without it")
	mend()
	victim.Start()
	c.AwaitReady(c.Hosts...)
	expect(t, c, 50, "without it")
	l.judge()
}

func TestAHostWhoseDiskIsFullStopsAndComesBackWithEverything(t *testing.T) {
	onlyParley(t)
	for _, store := range []string{"memory", "engine"} {
		t.Run(store, func(t *testing.T) {
			t.Setenv(hosts.StoreVariable, store)
			fullDisk(t)
		})
	}
}

func fullDisk(t *testing.T) {
	t.Helper()
	c := hosts.New(t)
	victim := c.Hosts[len(c.Hosts)-1]
	victim.SmallDisk(300 << 20)
	for _, h := range c.Hosts {
		h.Start()
	}
	c.AwaitReady()
	fill := func() {
		victim.FillDisk()
		bulk(t, c, victim)
	}
	free := func() {
		victim.Start() // too early
		if status := victim.AwaitExit(); status != 1 {
			t.Errorf("started on a full disk, host %s ends with status %d, want 1", victim.Name, status)
		}
		victim.FreeDisk()
	}
	badDisk(t, c, victim, fill, free, "no space left on device", "The data directory is "+victim.Data()+": free space there")
}

// bulk writes more than the victim's log has room reserved for, until the victim
// has had enough.
func bulk(t *testing.T, c *hosts.Cluster, victim *hosts.Host) {
	t.Helper()
	var others []*hosts.Host
	for _, h := range c.Hosts {
		if h != victim {
			others = append(others, h)
		}
	}
	const most = 400 // the disk has less
	store, value := c.Connect(others...), strings.Repeat("x", 1<<20)
	for i := 0; victim.Running(); i++ {
		write := func(ctx context.Context) error {
			_, err := store.Put(ctx, fmt.Sprintf("bulk/%d", i%4), value)
			return err
		}
		if err := again(t.Context(), write); err != nil || i > most {
			t.Fatalf("host %s runs on after %d MiB: %v", victim.Name, i, err)
		}
	}
}

func TestAHostWhoseDiskCannotSyncStopsAndComesBackWithEverything(t *testing.T) {
	onlyParley(t)
	for _, who := range []string{"leader", "follower"} {
		t.Run(who, func(t *testing.T) {
			c := hosts.Start(t)
			victim := c.Expendable()
			if who == "follower" {
				victim = c.Followers()[0]
			}
			badDisk(t, c, victim, victim.FailSyncs, func() {}, "input/output error", "The data directory is "+victim.Data()+": look at its disk")
		})
	}
}
