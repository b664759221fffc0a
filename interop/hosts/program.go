package hosts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Program is a store that can be run as a few hosts.
type Program struct {
	Name string
	// command returns what runs a host; it may write files to the host's Dir.
	command func(c *Cluster, h *Host) (*exec.Cmd, error)
}

// IsParley tells that the store is ours: a test of logs, files and ports asks.
func (p Program) IsParley() bool { return p.Name == "parley" }

// The returns the program under test.
func The(t testing.TB) Program {
	t.Helper()
	if etcd := os.Getenv("PARLEY_INTEROP_ETCD"); etcd != "" {
		return Program{"etcd", etcdCommand(etcd)}
	}
	if _, err := build(); err != nil {
		t.Fatal(err)
	}
	return Program{"parley", parleyCommand}
}

// engineVariable names what replicates Parley's store, in place of the default.
const engineVariable = "PARLEY_INTEROP_ENGINE"

// Engine returns the name of the engine of Parley's hosts, "" for the default.
func Engine() string { return os.Getenv(engineVariable) }

// StoreVariable says where Parley's hosts keep values, in place of the default.
const StoreVariable = "PARLEY_INTEROP_STORE"

// built is removed by Main.
var built string

// build compiles parley, once a test binary, unless PARLEY_INTEROP_BINARY names one
// that was compiled before.
var build = sync.OnceValues(func() (string, error) {
	if binary := os.Getenv("PARLEY_INTEROP_BINARY"); binary != "" {
		return binary, nil
	}
	dir, err := os.MkdirTemp("", "parley-interop-")
	if err != nil {
		return "", err
	}
	built = dir
	binary := filepath.Join(dir, "parley")
	args := slices.Concat([]string{"build"}, buildFlags, []string{"-o", binary, "github.com/parleysystems/parley/cmd/parley"})
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build parley: %w\n%s", err, out)
	}
	return binary, nil
})

// Tests are those of a package: a *testing.M, or what does more.
type Tests interface{ Run() (status int) }

// Main runs the tests of a package, and removes what build left; call it in
// TestMain.
func Main(m Tests) {
	status := m.Run()
	if built != "" {
		_ = os.RemoveAll(built) // a leftover in the temporary directory hurts nobody
	}
	os.Exit(status)
}

func parleyCommand(c *Cluster, h *Host) (*exec.Cmd, error) {
	config := filepath.Join(h.Dir, "parley.yaml")
	if err := os.WriteFile(config, []byte(configuration(c, h)), 0o600); err != nil {
		return nil, err
	}
	binary, err := build()
	if err != nil {
		return nil, err
	}
	return exec.Command(binary, "serve", "--verbose", "--until-stdin-closes", "--config", config), nil
}

func configuration(c *Cluster, h *Host) string {
	self := h
	if h.as != nil {
		self = h.as
	}
	var text strings.Builder
	fmt.Fprintf(&text, "cluster: %s\nname: %s\ndata: %s\nhttp: %s\njoin: %t\nquota: %d\nhosts:\n",
		ClusterName, self.Name, self.Data(), h.HTTP, h.join, c.Quota)
	for _, m := range c.Hosts {
		fmt.Fprintf(&text, "  - name: %s\n    peer: %s\n    client: %s\n", m.Name, m.Peer, m.Client)
	}
	if c.Engine != "" {
		fmt.Fprintf(&text, "engine: %s\n", c.Engine)
	}
	if store := os.Getenv(StoreVariable); store != "" {
		fmt.Fprintf(&text, "store: %s\n", store)
	}
	if h.as != nil {
		fmt.Fprintf(&text, "listen:\n  peer: %s\n  client: %s\n", h.Peer, h.Client)
	}
	return text.String()
}

func etcdCommand(binary string) func(*Cluster, *Host) (*exec.Cmd, error) {
	return func(c *Cluster, h *Host) (*exec.Cmd, error) {
		var members []string
		for _, m := range c.Hosts {
			members = append(members, m.Name+"=http://"+m.Peer)
		}
		client, peer := "http://"+h.Client, "http://"+h.Peer
		return exec.Command(binary, "--name", h.Name, "--data-dir", h.Data(),
			"--listen-client-urls", client, "--advertise-client-urls", client,
			"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
			"--initial-cluster", strings.Join(members, ","), "--log-level", "warn",
			"--quota-backend-bytes", strconv.FormatInt(c.Quota, 10)), nil
	}
}
