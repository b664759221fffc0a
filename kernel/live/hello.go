package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The handshake comes before all frames but its own. Whoever dialled sends
// the preamble and a hello; whoever accepted answers with the preamble and a
// welcome or a refusal. Beyond loopback all of this happens within TLS, which
// proves that each of the two is the host that it says it is.
//
//	"parley" | version (2 bytes) | hello, welcome or refusal
const (
	magic        = "parley"
	version      = 1
	preambleSize = len(magic) + 2
	// maxHello is enough for three names, or for a reason.
	maxHello = 4 << 10
)

var preamble = []byte(magic + string([]byte{version >> 8, version & 0xff}))

// introduction is the content of a hello.
type introduction struct{ cluster, from, to string }

func (i introduction) append(b []byte) []byte {
	start := len(b)
	b = beginFrame(b, hello)
	b = appendText(appendText(appendText(b, i.cluster), i.from), i.to)
	return endFrame(b, start)
}

func parseIntroduction(body []byte) (introduction, error) {
	var texts [3]string
	for i := range texts {
		text, rest, err := cutText(body)
		if err != nil {
			return introduction{}, err
		}
		texts[i], body = string(text), rest
	}
	if len(body) > 0 {
		return introduction{}, errFrame
	}
	return introduction{texts[0], texts[1], texts[2]}, nil
}

// readPreamble tells in its error who is there instead, as far as one can see.
func readPreamble(r io.Reader) error {
	b := make([]byte, preambleSize)
	n, err := io.ReadFull(r, b)
	switch {
	case err == nil && bytes.Equal(b, preamble):
		return nil
	case n >= 2 && b[0] == 0x16 && b[1] == 0x03:
		return errors.New("the other side speaks TLS, and this host has no credentials")
	case !bytes.HasPrefix([]byte(magic), b[:min(n, len(magic))]):
		return fmt.Errorf("not Parley's protocol: it begins with %q", b[:n])
	case err != nil:
		return err
	}
	theirs := int(b[len(magic)])<<8 | int(b[len(magic)+1])
	return fmt.Errorf("protocol version %d, ours is %d", theirs, version)
}

// greet is the side of the handshake that dialled the named host.
func (h *Host) greet(ctx context.Context, conn net.Conn, name string) (*link, error) {
	conn.SetDeadline(time.Now().Add(h.bounds.Dial))
	if h.credentials != nil {
		secured := tls.Client(conn, h.credentials.client(name))
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secured
	}
	intro := introduction{h.cluster, h.name, name}
	if _, err := conn.Write(intro.append(bytes.Clone(preamble))); err != nil {
		return nil, err
	}
	l := newLink(h, conn, maxHello)
	if err := readPreamble(l.in.r); err != nil {
		return nil, err
	}
	k, body, err := l.in.next()
	if err != nil {
		return nil, err
	}
	if k != welcome {
		return nil, fmt.Errorf("refused: %.1000q", body)
	}
	l.name = name
	return l, nil
}

// receive is the side that accepted. It leaves the welcome to the caller.
func (h *Host) receive(ctx context.Context, conn net.Conn) (*link, error) {
	conn.SetDeadline(time.Now().Add(h.bounds.Dial))
	if h.credentials != nil {
		secured := tls.Server(conn, h.credentials.server())
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secured
	}
	l := newLink(h, conn, maxHello)
	if err := readPreamble(l.in.r); err != nil {
		return nil, err
	}
	k, body, err := l.in.next()
	if err != nil {
		return nil, err
	}
	intro, err := parseIntroduction(body)
	if k != hello || err != nil {
		return nil, fmt.Errorf("%w in place of a hello", errFrame)
	}
	if err := h.acceptable(conn, intro); err != nil {
		answer(conn, refusal, err.Error())
		return nil, err
	}
	l.name = intro.from
	return l, nil
}

// acceptable says why a host that introduced itself is not to be talked to.
func (h *Host) acceptable(conn net.Conn, i introduction) error {
	if err := checkName("host", i.from); err != nil {
		return err
	}
	if i.cluster != h.cluster {
		return fmt.Errorf("host %s is of cluster %.40q, and host %s of cluster %q", i.from, i.cluster, h.name, h.cluster)
	}
	if i.to != h.name {
		return fmt.Errorf("host %s wants host %.40q, and this is host %s", i.from, i.to, h.name)
	}
	if i.from == h.name {
		return fmt.Errorf("another host %s", i.from)
	}
	if secured, ok := conn.(*tls.Conn); ok {
		return names(secured.ConnectionState().PeerCertificates[0], i.from)
	}
	return nil
}

// answer ends the handshake; if it cannot be sent, the reader will notice.
func answer(conn net.Conn, k kind, reason string) {
	b := bytes.Clone(preamble)
	b = append(beginFrame(b, k), reason...)
	conn.Write(endFrame(b, preambleSize))
}
