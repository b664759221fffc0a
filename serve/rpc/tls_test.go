package rpc_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	door "github.com/parleysystems/parley/serve/rpc"
)

// elsewhere returns an address of this machine that is not loopback.
func elsewhere(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

func authority(t *testing.T) *live.Authority {
	t.Helper()
	a, err := live.NewAuthority("test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// known returns the configuration of a client that a certificate names.
func known(t *testing.T, a *live.Authority, name string) *tls.Config {
	t.Helper()
	c, err := a.Credentials(name, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{c.Certificate}, RootCAs: c.Authority, ServerName: "a", MinVersion: tls.VersionTLS13}
}

// Beyond loopback both ends prove who they are, and who cannot is told before any call
// is made.
func TestTLSBeyondLoopback(t *testing.T) {
	ours, theirs := authority(t), authority(t)
	server, err := ours.Credentials("a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, t.TempDir(), net.JoinHostPort(elsewhere(t), "0"), door.Config{TLS: &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{server.Certificate},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: server.Authority,
	}})
	good := dial(t, door.ClientConfig{Address: h.door.Addr(), TLS: known(t, ours, "ann"), RetryAfter: 20 * time.Second})
	if s, err := raise(t, good, 5); err != nil || s.Is != 5 {
		t.Fatalf("a client that is known: %v, %v", s, err)
	}
	stranger, nobody := known(t, theirs, "ann"), known(t, ours, "ann")
	stranger.RootCAs, nobody.Certificates = server.Authority, nil
	for name, config := range map[string]*tls.Config{
		"a certificate of another authority": stranger,
		"no certificate":                     nobody,
		"a server that it does not trust":    known(t, theirs, "ann"),
	} {
		c := dial(t, door.ClientConfig{Address: h.door.Addr(), TLS: config, Tries: 1, RetryAfter: 20 * time.Second})
		var e *door.Error
		if _, err := raise(t, c, 1); !errors.As(err, &e) || !e.SurelyNot() || e.Err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := raise(t, good, 0); err != nil || s.Is != 5 {
		t.Errorf("after strangers called: %v, %v", s, err)
	}
}

// A name counts only together with the certificate: two clients who both say that they
// are "me" make different calls.
func TestNobodyPosesAsAnother(t *testing.T) {
	ours := authority(t)
	server, err := ours.Credentials("a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{TLS: &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{server.Certificate},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: server.Authority,
	}})
	for i, name := range []string{"ann", "bob", "ann"} {
		c, err := tls.Dial("tcp", h.door.Addr(), known(t, ours, name))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		send := append(frame(1, "\x08\x01\x12\x02me"), frame(4, "\x08\x01\x1a\x05raise\x22\x02\x08\x02")...) // 1: raise by 1
		if _, err := c.Write(send); err != nil {
			t.Fatal(err)
		}
		welcome := make([]byte, len(frame(2, "\x08\x80\x80\x40\x10\x80\x08")))
		result := make([]byte, len(frame(5, "\x08\x01\x10\x01\x1a\x02\x08\x02")))
		if _, err := io.ReadFull(c, welcome); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, result); err != nil {
			t.Fatal(err)
		}
		var s Sum
		if err := wire.UnmarshalBody(result[len(result)-2:], &s); err != nil || s.Is != []int64{1, 2, 1}[i] {
			t.Errorf("call 1 of %s: %+v, %v", name, s, err)
		}
	}
}

// Who connects and does not even shake hands is not waited for.
func TestAHandshakeHasItsTime(t *testing.T) {
	server, err := authority(t).Credentials("a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{
		Patience: 200 * time.Millisecond, TLS: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{server.Certificate}},
	})
	for _, send := range []string{"", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n"} {
		c := stranger(t, h.door.Addr())
		if _, err := io.WriteString(c, send); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: the connection is still open", send)
		}
	}
}
