package ntp

import (
	"net/netip"
	"testing"
)

// TestClientsAreAddressesAndNetworks (N2).
func TestClientsAreAddressesAndNetworks(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8::1", "2001:db8::ffff:2", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
	} {
		a, b := clientOf(netip.MustParseAddr(test.a)), clientOf(netip.MustParseAddr(test.b))
		if (a == b) != test.same {
			t.Errorf("%s counts as %s, %s as %s", test.a, a, test.b, b)
		}
	}
}
