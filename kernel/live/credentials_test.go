package live_test

import (
	"bytes"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func authority(t *testing.T) *live.Authority {
	t.Helper()
	a, err := live.NewAuthority("test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func credentials(t *testing.T, a *live.Authority, host string) *live.Credentials {
	t.Helper()
	c, err := a.Credentials(host, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// secured opens host a, which wants credentials from ca, and a host named b
// that connects to it with the given ones.
func secured(t *testing.T, ca *live.Authority, b string, with *live.Credentials) (hosts [2]*live.Host, j *journal) {
	t.Helper()
	j = &journal{}
	a := open(t, live.Config{
		Name: "a", Disk: disk.NewFaulty(), Listener: listener(t), Credentials: credentials(t, ca, "a"), Logger: j.logger(),
	})
	other := open(t, live.Config{
		Name: b, Disk: disk.NewFaulty(), Credentials: with, Peers: map[string]string{"a": a.Addr()},
	})
	return [2]*live.Host{a, other}, j
}

func TestHostsWithCredentialsTalk(t *testing.T) {
	ca := authority(t)
	hosts, _ := secured(t, ca, "b", credentials(t, ca, "b"))
	serve(t, hosts[0], "echo", echo())
	client, words := sink()
	serve(t, hosts[1], "client", client)
	do(t, hosts[1], "client", func(env node.Env) { env.Send("a/echo", &Word{Text: "hello"}) })
	await(t, "the echo", words)
}

func TestAForeignAuthorityIsNotBelieved(t *testing.T) {
	hosts, j := secured(t, authority(t), "b", credentials(t, authority(t), "b"))
	eventually(t, "b does not believe a", func() bool {
		return strings.Contains(peer(hosts[1], "a").LastError, "unknown authority")
	})
	eventually(t, "a logs it", func() bool { return j.has("connection refused") })
	if connected(hosts[0])+connected(hosts[1]) > 0 {
		t.Fatal("they are connected")
	}
}

func TestACertificateDoesNotSpeakForAnotherHost(t *testing.T) {
	ca := authority(t)
	if _, err := live.Open(live.Config{
		Name: "b", Disk: disk.NewFaulty(), Credentials: credentials(t, ca, "c"),
	}); err == nil || !strings.Contains(err.Error(), `not host "b"`) {
		t.Fatalf("b opens with the certificate of c: %v", err)
	}
	j := impostor(t, ca, credentials(t, ca, "c"))
	eventually(t, "a logs it", func() bool { return j.has("connection refused", `[\"c\"]`, `host \"b\"`) })
}

func TestACertificateFromAForeignAuthorityIsRefused(t *testing.T) {
	ca := authority(t)
	forged := credentials(t, authority(t), "b")
	forged.Authority = credentials(t, ca, "b").Authority // it believes us, we not it
	j := impostor(t, ca, forged)
	eventually(t, "a logs it", func() bool { return j.has("connection refused", "unknown authority") })
}

// impostor is a program of its own that tells a host a that it is b.
func impostor(t *testing.T, ca *live.Authority, c *live.Credentials) (j *journal) {
	t.Helper()
	j = &journal{}
	a := open(t, live.Config{
		Name: "a", Disk: disk.NewFaulty(), Listener: listener(t), Credentials: credentials(t, ca, "a"), Logger: j.logger(),
	})
	conn, err := tls.Dial("tcp", a.Addr(), &tls.Config{
		ServerName: "a", RootCAs: c.Authority, Certificates: []tls.Certificate{c.Certificate},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.Write(append(bytes.Clone(preamble), frame(1, text(""), text("b"), text("a"))...))
	return j
}

func TestTheHostAtAnAddressMustProveItsName(t *testing.T) {
	ca := authority(t)
	a := open(t, live.Config{
		Name: "a", Disk: disk.NewFaulty(), Listener: listener(t), Credentials: credentials(t, ca, "a"),
	})
	b := open(t, live.Config{
		Name: "b", Disk: disk.NewFaulty(), Credentials: credentials(t, ca, "b"), Peers: map[string]string{"c": a.Addr()},
	})
	eventually(t, "b refuses", func() bool {
		return strings.Contains(peer(b, "c").LastError, "not c")
	})
}

func TestPlainConnectionsToASecuredHostAreRefused(t *testing.T) {
	_, j := secured(t, authority(t), "b", nil)
	eventually(t, "a logs it", func() bool {
		return j.has("connection refused", "first record does not look like a TLS handshake")
	})
}

func TestCredentialsSurviveTheirFiles(t *testing.T) {
	ca := authority(t)
	caCert, caKey, err := ca.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := live.ParseAuthority(caCert, caKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := again.Issue("b", time.Hour, "b.example")
	if err != nil {
		t.Fatal(err)
	}
	path := func(name string, content []byte) string {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	c, err := live.LoadCredentials(path("b.crt", cert), path("b.key", key), path("ca.crt", caCert))
	if err != nil {
		t.Fatal(err)
	}
	hosts, _ := secured(t, ca, "b", c)
	eventually(t, "connected", func() bool { return connected(hosts[1]) == 1 })
	if _, err := live.LoadCredentials("absent.crt", "absent.key", "absent"); err == nil || !strings.Contains(err.Error(), "absent.crt") {
		t.Fatalf("absent files: %v", err)
	}
}
