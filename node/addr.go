package node

import "strings"

// Addr names a party to a conversation: "host/service", or, while a task
// waits for the answer to a call, "host/service#call".
//
// A host is the unit of failure: its services share one clock, one disk and
// one fate. The part behind '#' is an ephemeral port in the sense of TCP: the
// kernel routes a message sent there to the one waiting task and drops it once
// nobody waits. A receiver need not care: it answers by sending to whatever
// address the request came from, or hands that address on so that somebody
// else may answer in its place.
type Addr string

// Join returns the address of a service of a host.
func Join(host, service string) Addr { return Addr(host + "/" + service) }

// Host returns the part before the slash.
func (a Addr) Host() string {
	host, _, _ := strings.Cut(string(a), "/")
	return host
}

// Service returns the part between the slash and the call, if there is one.
func (a Addr) Service() string {
	_, rest, _ := strings.Cut(string(a), "/")
	service, _, _ := strings.Cut(rest, "#")
	return service
}

// Node returns the address without its call: who sent, not what waits.
func (a Addr) Node() Addr {
	if i := strings.IndexByte(string(a), '#'); i >= 0 {
		return a[:i]
	}
	return a
}

// Call returns the part behind '#', and whether there is one.
func (a Addr) Call() (string, bool) {
	_, call, found := strings.Cut(string(a), "#")
	return call, found
}
