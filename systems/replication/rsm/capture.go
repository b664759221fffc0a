package rsm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
)

// capture is the whole replicated state:
//
//	length of the table (8 bytes, little endian)   table   machine's state
//
// The table is encoded when it is captured: it is bounded, and its sessions go
// on changing.
type capture struct {
	sessions []byte
	machine  Capture
}

func (c *capture) Release() { c.machine.Release() }

func (c *capture) WriteTo(w io.Writer) (int64, error) {
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(c.sessions)))
	n, err := w.Write(append(head, c.sessions...))
	if err != nil {
		return int64(n), err
	}
	m, err := c.machine.WriteTo(w)
	return int64(n) + m, err
}

// encode writes the table, all numbers as uvarint:
//
//	table   = limit next count session* owners     the one used longest ago first
//	session = id acked count outcome*
//	outcome = 0 | 1+length result
//	owners  = nothing if no session has one | (length owner)*, one a session
func (t *sessions) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(t.limit))
	b = binary.AppendUvarint(b, t.next)
	b = binary.AppendUvarint(b, uint64(t.used.Len()))
	for e := t.used.Front(); e != nil; e = e.Next() {
		b = e.Value.(*session).encode(b)
	}
	return t.encodeOwners(b)
}

func (s *session) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, s.id)
	b = binary.AppendUvarint(b, s.acked)
	b = binary.AppendUvarint(b, uint64(s.results.len()))
	for _, o := range s.results.all() {
		if !o.executed {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, 1+uint64(len(o.result)))
		b = append(b, o.result...)
	}
	return b
}

func (t *sessions) digest() uint64 {
	h := fnv.New64a()
	h.Write(t.encode())
	return h.Sum64()
}

// maxTable bounds what a corrupt length can make us allocate.
const maxTable = 1 << 32

var errTable = errors.New("rsm: malformed table of sessions")

func decodeSessions(r io.Reader) (*sessions, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("rsm: read table of sessions: %w", err)
	}
	n := binary.LittleEndian.Uint64(head[:])
	if n > maxTable {
		return nil, errTable
	}
	var b bytes.Buffer
	if got, err := io.CopyN(&b, r, int64(n)); err != nil {
		return nil, fmt.Errorf("rsm: read table of sessions: %d of %d bytes: %w", got, n, err)
	}
	return parseSessions(b.Bytes())
}

func parseSessions(b []byte) (*sessions, error) {
	d := decoder{b: b}
	t := newSessions()
	t.limit, t.next = int(d.uvarint()), d.uvarint()
	for count := d.count(); count > 0; count-- {
		s := &session{id: d.uvarint(), acked: d.uvarint()}
		for n := d.count(); n > 0; n-- {
			s.results.push(d.outcome())
		}
		if t.byID[s.id] != nil {
			return nil, errTable
		}
		t.insert(s)
	}
	if len(d.b) > 0 {
		t.decodeOwners(&d)
	}
	if d.failed || len(d.b) > 0 {
		return nil, errTable
	}
	return t, nil
}

// decoder reads what encode wrote; after the first failure it yields zeroes.
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

// count reads a number of things that take a byte each, at least.
func (d *decoder) count() uint64 {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.failed, d.b = true, nil
		return 0
	}
	return n
}

func (d *decoder) outcome() outcome {
	n := d.uvarint()
	if n == 0 {
		return outcome{}
	}
	if n-1 > uint64(len(d.b)) {
		d.failed, d.b = true, nil
		return outcome{}
	}
	result := slices.Clone(d.b[:n-1])
	d.b = d.b[n-1:]
	return outcome{executed: true, result: result}
}

// request names a command that a remote client waits for.
type request struct{ session, seq uint64 }

func compareRequests(a, b request) int {
	return cmp.Or(cmp.Compare(a.session, b.session), cmp.Compare(a.seq, b.seq))
}
