//go:build interop

package badday_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestAHostWhoseDataIsGoneIsRefusedAndReplacedByAnother(t *testing.T) {
	onlyParley(t)
	c := hosts.Start(t)
	c.Need("changes of membership", c.Limits().Members)
	put(t, c.Connect(c.Hosts...), 50, "before")
	gone := c.Followers()[0]
	id := gone.ID()
	gone.Kill()
	gone.Wipe()
	gone.Start()
	if status := gone.AwaitExit(); status != 1 {
		t.Errorf("it ends with status %d, want 1", status)
	}
	if log := gone.Log(); !strings.Contains(log, "the data of host "+gone.Name+" is gone") {
		t.Errorf("its log does not say what is wrong:\n%s", log)
	}
	c.AwaitReady()
	expect(t, c, 50, "before")
	put(t, c.Connect(c.Running()...), 50, "without it")

	ctx := limit(t)
	if _, err := c.Connect(c.Running()...).MemberRemove(ctx, id); err != nil {
		t.Fatal(err)
	}
	added := c.Join("d")
	for _, h := range c.Running() { // one by one, so that they learn its address
		h.Stop()
		h.Start()
		c.AwaitReady()
	}
	added.Start()
	if _, err := c.Connect(c.Leader()).MemberAdd(ctx, []string{"http://" + added.Peer}); err != nil {
		t.Fatal(err)
	}
	c.AwaitReady(added)
	expect(t, c, 50, "without it")
	c.Leader().Kill() // with one gone of three, the new one has to count
	put(t, c.Connect(c.Running()...), 50, "by two of three")
	expect(t, c, 50, "by two of three")
}

// damage flips a few bits of the oldest segment of a host that is down, in the
// middle of what was written there, and returns its name and the way back.
func damage(t *testing.T, h *hosts.Host) (file string, mend func()) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(h.Data(), "wal", "*.wal"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	slices.Sort(segments)
	file = segments[0]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := len(text)
	for written > 0 && text[written-1] == 0 {
		written--
	}
	bad := slices.Clone(text)
	for i := range 8 {
		bad[written/2+i] ^= 0x55
	}
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(file), func() {
		if err := os.WriteFile(h.Data()+"/wal/"+filepath.Base(file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAHostWhoseLogIsRottenDoesNotStartAndTheOthersServe(t *testing.T) {
	onlyParley(t)
	c := hosts.Start(t)
	put(t, c.Connect(c.Hosts...), 200, strings.Repeat("x", 2000))
	rotten := c.Expendable()
	rotten.Kill()
	file, mend := damage(t, rotten)
	rotten.Start()
	if status := rotten.AwaitExit(); status != 1 {
		t.Errorf("it ends with status %d, want 1", status)
	}
	if log := rotten.Log(); !strings.Contains(log, file) || !strings.Contains(log, "offset ") {
		t.Errorf("its log does not name the offset in %s:\n%s", file, log)
	}
	c.AwaitReady()
	put(t, c.Connect(c.Running()...), 200, "without it")
	expect(t, c, 200, "without it")
	mend()
	rotten.Start()
	c.AwaitReady(c.Hosts...)
	expect(t, c, 200, "without it")
}

func TestALogThatEndsInAHalfWrittenBatchIsCutThere(t *testing.T) {
	onlyParley(t)
	c := hosts.Start(t)
	put(t, c.Connect(c.Hosts...), 50, "v")
	for _, h := range c.Hosts {
		h.Kill()
	}
	for _, h := range c.Hosts {
		tear(t, h)
		h.Start()
	}
	c.AwaitReady()
	expect(t, c, 50, "v")
}

// tear adds the beginning of a batch behind the newest one, as a write does that
// was under way when the power went.
func tear(t *testing.T, h *hosts.Host) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(h.Data(), "wal", "*.wal"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	newest := slices.Max(segments)
	text, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	written := len(text)
	for written > 0 && text[written-1] == 0 {
		written--
	}
	at := (written + 7) / 8 * 8
	if at+64 > len(text) {
		t.Fatalf("%s is full", newest)
	}
	copy(text[at:], "PWB1"+fmt.Sprintf("%060d", 7))
	if err := os.WriteFile(newest, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTwoProcessesDoNotShareADirectoryOrAPort(t *testing.T) {
	onlyParley(t)
	c := hosts.Start(t)
	double := c.Double(c.Hosts[0])
	double.Start()
	if status := double.AwaitExit(); status != 1 {
		t.Errorf("a second process on a directory ends with status %d, want 1", status)
	}
	if log := double.Log(); !strings.Contains(log, c.Hosts[0].Data()) || !strings.Contains(log, "in use") {
		t.Errorf("it does not say which directory is in use:\n%s", log)
	}
	squatter := c.Double(c.Hosts[1])
	squatter.Client, squatter.Peer = c.Hosts[1].Client, c.Hosts[1].Peer
	squatter.Start()
	if status := squatter.AwaitExit(); status != 1 {
		t.Errorf("a second process on a port ends with status %d, want 1", status)
	}
	if log := squatter.Log(); !strings.Contains(log, c.Hosts[1].Peer+" is in use") {
		t.Errorf("it does not say which port is in use:\n%s", log)
	}
	put(t, c.Connect(c.Hosts[0]), 5, "v")
	expect(t, c, 5, "v")
}
