package cluster_test

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/live"
)

func hosts(t *testing.T, list ...string) []cluster.Host {
	t.Helper()
	h, err := cluster.ParseHosts(list, 2380, 2379)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestParseHostsNamesAndPorts(t *testing.T) {
	got := hosts(t, "alpha.example.com", "b=10.0.0.2", "10.0.0.2", "::1")
	want := []cluster.Host{
		{Name: "alpha", Peer: "alpha.example.com:2380", Client: "alpha.example.com:2379"},
		{Name: "b", Peer: "10.0.0.2:2380", Client: "10.0.0.2:2379"},
		{Name: "host3", Peer: "10.0.0.2:22380", Client: "10.0.0.2:22379"},
		{Name: "host4", Peer: "[::1]:2380", Client: "[::1]:2379"},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("host %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestParseHostsRefuses(t *testing.T) {
	for _, list := range [][]string{
		{""}, {"a=1.2.3.4", "a=1.2.3.5"}, {"a b"}, {"a=10.0.0.1:2379"}, {"client=10.0.0.1"},
		{"a=h", "b=h", "c=h", "d=h", "e=h", "f=h", "g=h"},
	} {
		if h, err := cluster.ParseHosts(list, 2380, 2379); err == nil {
			t.Errorf("%q was accepted as %+v", list, h)
		}
	}
}

func TestInitWritesWhatHostsNeedAndNoMore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	plan := cluster.Plan{Cluster: `odd: "name"`, Hosts: hosts(t, "a=127.0.0.1", "b=10.0.0.2"), HTTP: "127.0.0.1:7400", Valid: time.Hour}
	if err := plan.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, h := range plan.Hosts {
		c, err := cluster.Load(filepath.Join(dir, h.Name, "parley.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != h.Name || c.Cluster != plan.Cluster || len(c.Hosts) != 2 {
			t.Errorf("host %s got %+v", h.Name, c)
		}
		if _, err := live.LoadCredentials(c.TLS.Certificate, c.TLS.Key, c.TLS.Authority); err != nil {
			t.Errorf("host %s: %v", h.Name, err)
		}
	}
	keys := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".key") {
			return err
		}
		keys++
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want it readable by its owner only", path, info.Mode())
		}
		if strings.HasSuffix(path, "ca.key") && filepath.Dir(path) != dir {
			t.Errorf("the authority's key is handed out: %s", path)
		}
		return err
	})
	if err != nil || keys != 4 {
		t.Errorf("%d keys (%v), want one a host, the client's and the authority's", keys, err)
	}
}

func TestCertificatesSpeakForTheirHostAndItsAddress(t *testing.T) {
	dir := t.TempDir()
	plan := cluster.Plan{Cluster: "demo", Hosts: hosts(t, "a=10.0.0.1", "b=b.example.com"), Valid: time.Hour}
	if err := plan.Write(dir); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	for host, names := range map[string][]string{"a": {"a", "10.0.0.1", "localhost"}, "b": {"b", "b.example.com", "127.0.0.1"}} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, host, "host.crt"), filepath.Join(dir, host, "host.key"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name}); err != nil {
				t.Errorf("host %s, reached as %s: %v", host, name, err)
			}
		}
		if pair.Leaf.VerifyHostname("c") == nil {
			t.Errorf("the certificate of %s speaks for c as well", host)
		}
	}
}

func TestInitReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	plan := cluster.Plan{Cluster: "demo", Hosts: hosts(t, "127.0.0.1"), Valid: time.Hour}
	if err := plan.Write(dir); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "ca.key"))
	if err := plan.Write(dir); err == nil || !strings.Contains(err.Error(), "another directory") {
		t.Errorf("a second init got error %v, want one that says what to do", err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, "ca.key"))
	if string(before) != string(after) {
		t.Error("the authority's key was replaced")
	}
}
