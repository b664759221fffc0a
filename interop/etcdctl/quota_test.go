//go:build interop

package etcdctl_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestAStoreThatIsFullSaysSoAndTakesPutsAgainOnceThereIsRoom walks the way out
// that etcd's manual describes: delete, compact, defragment, disarm.
func TestAStoreThatIsFullSaysSoAndTakesPutsAgainOnceThereIsRoom(t *testing.T) {
	const quota, size = 16 << 20, 1 << 20
	c := startWith(t, quota)
	value, full, n := strings.Repeat("x", size), "", 0
	for ; full == "" && n < 2*quota/size; n++ {
		if out := c.shell(n%3, fmt.Sprintf("put big/%02d", n), value); out != "OK\n" {
			full = out
		}
	}
	n-- // the last one was refused
	const want = "Error: etcdserver: mvcc: database space exceeded\nexit 1\n"
	if !strings.HasSuffix(full, want) || n < quota/size/2 {
		t.Fatalf("after %d puts of %d bytes into %d bytes: %q, want %q", n, size, quota, full, want)
	}
	for i, h := range c.Hosts {
		if out := c.run(h, "alarm list"); !strings.Contains(out, "alarm:NOSPACE") {
			t.Errorf("%s lists these alarms: %q", h.Name, out)
		}
		if out := c.shell(i, "put small v", ""); !strings.HasSuffix(out, want) {
			t.Errorf("%s takes a put while the alarm is on: %q", h.Name, out)
		}
		if found := strings.Count(c.run(h, "get big/ --prefix --keys-only"), "big/"); found != n {
			t.Errorf("%s serves %d keys, %d were acknowledged", h.Name, found, n)
		}
	}
	if out := c.run(c.Hosts[1], "del big/ --prefix"); out != fmt.Sprintf("%d\n", n) {
		t.Errorf("deleted %q of %d", out, n)
	}
	revision := decode[[]endpointStatus](c, c.Hosts[0], "endpoint status")[0].Status.Header.Revision
	c.run(c.Hosts[2], fmt.Sprintf("compact --physical %d", revision))
	c.run(c.Hosts[0], "defrag --cluster")
	if out := c.run(c.Hosts[0], "alarm disarm"); !strings.Contains(out, "alarm:NOSPACE") {
		t.Errorf("disarmed %q", out)
	}
	for _, h := range c.Hosts {
		c.AwaitReady(h)
		if out := c.run(h, "alarm list"); out != "" {
			t.Errorf("%s still lists %q", h.Name, out)
		}
		if out := c.run(h, "put small v"); out != "OK\n" {
			t.Errorf("%s: %q", h.Name, out)
		}
	}
}
