package live_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func TestOpenSaysWhatIsWrongWithAConfiguration(t *testing.T) {
	dir := t.TempDir()
	for want, c := range map[string]live.Config{
		"host name":              {Dir: dir},
		"character '/'":          {Dir: dir, Name: "a/b"},
		"neither Dir nor Disk":   {Name: "a"},
		"has the name of this":   {Name: "a", Dir: dir, Peers: map[string]string{"a": "127.0.0.1:1"}},
		"missing port":           {Name: "a", Dir: dir, Peers: map[string]string{"b": "127.0.0.1"}},
		"credentials are":        {Name: "a", Dir: dir, Listen: ":7400"},
		"0.0.0.0:1: credentials": {Name: "a", Dir: dir, Listen: "0.0.0.0:1"},
		"b at 192.0.2.1:7400":    {Name: "a", Dir: dir, Peers: map[string]string{"b": "192.0.2.1:7400"}},
		"c at host.example:7400": {Name: "a", Dir: dir, Peers: map[string]string{"c": "host.example:7400"}},
	} {
		h, err := live.Open(c)
		if err == nil {
			h.Close()
			t.Errorf("opened; want an error with %q", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestTwoHostsCannotUseOneDirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, live.Config{Name: "a", Dir: dir})
	_, err := live.Open(complete(t, live.Config{Name: "b", Dir: dir}))
	if err == nil || !strings.Contains(err.Error(), filepath.Base(dir)) {
		t.Fatalf("second host on a directory: %v", err)
	}
}

func TestADamagedLogIsReportedAndTheDirectoryGivenBack(t *testing.T) {
	dir := t.TempDir()
	h := open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) { env.Log("log").Append([]byte("x")) })
	h.Close()
	segments, err := filepath.Glob(filepath.Join(dir, "wal", "*"))
	if err != nil || len(segments) == 0 {
		t.Fatal("no log", err)
	}
	for _, s := range segments {
		if err := os.WriteFile(s, bytes.Repeat([]byte{0xa5}, 8192), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := live.Open(complete(t, live.Config{Name: "a", Dir: dir})); err == nil || !strings.Contains(err.Error(), "corrupt") {
		t.Fatalf("opened on a damaged log: %v", err)
	}
	os.RemoveAll(filepath.Join(dir, "wal"))
	open(t, live.Config{Name: "a", Dir: dir})
}

func TestAListenerBeyondLoopbackNeedsCredentials(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = live.Open(complete(t, live.Config{Name: "a", Listener: l}))
	if !errors.Is(err, live.ErrNeedCredentials) {
		t.Fatalf("listens in the clear on %v: %v", l.Addr(), err)
	}
}

func TestAPortInUseIsNamedAndTheDirectoryGivenBack(t *testing.T) {
	taken := listener(t)
	defer taken.Close()
	dir := t.TempDir()
	_, err := live.Open(live.Config{Name: "a", Dir: dir, Listen: taken.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Fatalf("port in use: %v", err)
	}
	open(t, live.Config{Name: "a", Dir: dir})
}
