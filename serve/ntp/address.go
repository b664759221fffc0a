package ntp

import (
	"crypto/md5" //nolint:gosec // what the protocol makes identifiers of
	cryptorand "crypto/rand"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// port is where servers listen, unless said otherwise.
const port = "123"

// dial opens a socket of its own to a server, named host or host:port: the system
// gives it a port that is hard to guess, and lets in what that server sends, only.
func dial(server string) (*net.UDPConn, error) {
	address := server
	if _, _, err := net.SplitHostPort(server); err != nil {
		address = net.JoinHostPort(strings.Trim(server, "[]"), port)
	}
	to, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", server, err)
	}
	conn, err := net.DialUDP("udp", nil, to)
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", server, err)
	}
	return conn, nil
}

// refID returns the reference identifier of an address (section 7.3): of IPv6, the
// first bytes of a hash.
func refID(a netip.Addr) ntp.RefID {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		four := a.As4()
		return ntp.RefID(binary.BigEndian.Uint32(four[:]))
	}
	sixteen := a.As16()
	sum := md5.Sum(sixteen[:]) //nolint:gosec // see above
	return ntp.RefID(binary.BigEndian.Uint32(sum[:4]))
}

// unpredictable returns a source of numbers that strangers cannot guess.
func unpredictable() *rand.Rand {
	var seed [32]byte
	_, _ = cryptorand.Read(seed[:]) // it never fails
	return rand.New(rand.NewChaCha8(seed))
}
