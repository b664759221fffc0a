//go:build interop

package etcdctl_test

import (
	"strings"
	"testing"
)

func TestALockPassesToTheNextWhenItsHolderGoes(t *testing.T) {
	c := start(t)
	first := c.start(c.Hosts[0].Client, "lock m")
	first.await("m/")
	second := c.start(c.Hosts[1].Client, "lock m")
	waiting := func() string { return c.run(c.Hosts[2], "get m/ --prefix --keys-only") }
	for strings.Count(waiting(), "m/") < 2 { // the second stands in line
		if t.Context().Err() != nil {
			t.Fatal("the second does not stand in line")
		}
	}
	if second.text() != "" {
		t.Fatalf("two hold the lock: %s", second.text())
	}
	first.interrupt()
	second.await("m/")
	second.interrupt()
	if left := strings.TrimSpace(waiting()); left != "" {
		t.Errorf("locks left behind: %s", left)
	}
}

func TestALockRunsACommandAndPassesItsStatusOn(t *testing.T) {
	c := start(t)
	for i, h := range c.Hosts {
		if out := c.shell(i, `lock m -- sh -c 'echo inside; exit 3'`, ""); !strings.HasPrefix(out, "inside\n") || !strings.Contains(out, "exit ") {
			t.Errorf("at %s: %s", h.Name, out)
		}
	}
}

func TestAnElectionIsWonInTurn(t *testing.T) {
	c := start(t)
	first := c.start(c.Hosts[0].Client, "elect e one")
	first.await("one")
	observer := c.start(c.Hosts[2].Client, "elect --listen e")
	observer.await("one")
	second := c.start(c.Hosts[1].Client, "elect e two")
	first.interrupt()
	second.await("two")
	observer.await("two")
}
