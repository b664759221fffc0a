package pbft

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/parleysystems/parley/node"
)

// clients is what makes execution exactly-once: each client's last request and its
// result. It is replicated state, a part of every checkpoint. It is as long as
// there are clients with keys, and nothing in it expires: a client that was
// forgotten could be replayed.
type clients struct {
	last map[node.Addr]*executed
	// epochs are the least key epochs of replicas that have recovered: what one of
	// them signed in an earlier one is void.
	epochs []uint64
}

// executed is a client's last request.
type executed struct {
	timestamp Timestamp
	result    []byte
	tentative bool // not replicated state
}

func newClients(n int) *clients {
	return &clients{last: map[node.Addr]*executed{}, epochs: make([]uint64, n)}
}

func (c *clients) timestamp(a node.Addr) Timestamp {
	if e := c.last[a]; e != nil {
		return e.timestamp
	}
	return 0
}

// encode writes the table, canonically:
//
//	count client*    client = length address timestamp length result    n epoch*
func (c *clients) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(len(c.last)))
	for _, a := range slices.Sorted(maps.Keys(c.last)) {
		e := c.last[a]
		b = appendBytes(b, []byte(a))
		b = binary.AppendUvarint(b, uint64(e.timestamp))
		b = appendBytes(b, e.result)
	}
	b = binary.AppendUvarint(b, uint64(len(c.epochs)))
	for _, e := range c.epochs {
		b = binary.AppendUvarint(b, e)
	}
	return b
}

func appendBytes(b, x []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(x))), x...)
}

var errState = errors.New("pbft: malformed state")

// decodeClients reads what encode wrote, for a group of n.
func decodeClients(b []byte, n int) (*clients, error) {
	d := decoder{b: b}
	c := newClients(n)
	for count := d.uvarint(); count > 0 && !d.failed; count-- {
		a := node.Addr(d.bytes())
		c.last[a] = &executed{timestamp: Timestamp(d.uvarint()), result: d.bytes()}
	}
	if d.uvarint() != uint64(n) {
		return nil, errState
	}
	for i := range c.epochs {
		c.epochs[i] = d.uvarint()
	}
	if d.failed || len(d.b) > 0 {
		return nil, errState
	}
	return c, nil
}

// decoder reads numbers and bytes; after the first failure it yields zeroes.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.failed, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.failed, d.b = true, nil
		return nil
	}
	x := slices.Clone(d.b[:n])
	d.b = d.b[n:]
	return x
}
