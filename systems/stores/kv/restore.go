package kv

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// ErrSnapshot says that a stream is not a snapshot of a store, or not an
// undamaged one.
var ErrSnapshot = errors.New("damaged snapshot")

// maxVersion bounds one version in a snapshot, in bytes.
const maxVersion = 64 << 20

// Restore replaces the state by the one that r holds; an error leaves it alone.
func (s *Store) Restore(r io.Reader) error {
	p, err := s.Prepare(r)
	if err != nil {
		return err
	}
	return p.Adopt()
}

// Prepare reads the state that r holds, beside the loop if need be.
func (s *Store) Prepare(r io.Reader) (rsm.Prepared, error) {
	in := &snapshotReader{Reader: bufio.NewReaderSize(r, 64<<10), state: newState(s.options)}
	if in.read(); in.err != nil {
		in.freeCold()
		return nil, fmt.Errorf("kv: restore snapshot: %w", in.err)
	}
	return s.prepare(in.state), nil
}

// prepare tells from a state what is kept beside it.
func (s *Store) prepare(next state) *prepared {
	p := &prepared{store: s, state: next, changes: next.changeLog(), attached: next.attachments()}
	p.sweptHere = sort.Search(p.changes.len(), func(i int) bool { return p.swept.before(p.changes.at(i).place()) })
	return p
}

// prepared is what a store is to become.
type prepared struct {
	store *Store
	state
	changes   changeLog
	sweptHere int
	attached  attachment
}

// Adopt puts the state in force. Watches stay: they go on from its history, or
// end if it begins too late.
func (p *prepared) Adopt() error {
	s := p.store
	old := s.rev
	s.freeCold()
	s.state, s.changes, s.sweptHere, s.attached = p.state, p.changes, p.sweptHere, p.attached
	s.hub.restored(old)
	if s.leaser != nil {
		s.leaser.LeasesReplaced()
	}
	return nil
}

// Discard gives the state up.
func (p *prepared) Discard() { p.freeCold() }

// snapshotReader reads into state until the first error.
type snapshotReader struct {
	*bufio.Reader
	state
	err error
}

func (r *snapshotReader) read() {
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != magic {
		r.fail("no magic number", err)
	}
	r.rev, r.compacted = Revision(r.number()), Revision(r.number())
	r.swept = place{Revision(r.number()), r.number()}
	r.trimmed = place{Revision(r.number()), r.number()}
	r.readAlarms()
	r.readLeases()
	r.readVersions(r.live, false)
	r.readVersions(r.history, true)
	var digest [8]byte
	if _, err := io.ReadFull(r, digest[:]); err != nil {
		r.fail("truncated digest", err)
	}
	if r.err == nil && binary.LittleEndian.Uint64(digest[:]) != r.condense() {
		r.fail("digest mismatch", nil)
	}
}

func (r *snapshotReader) fail(what string, err error) {
	switch {
	case r.err != nil:
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		r.err = fmt.Errorf("%w: %s", ErrSnapshot, what)
	default:
		r.err = fmt.Errorf("%s: %w", what, err)
	}
}

func (r *snapshotReader) number() uint64 {
	if r.err != nil {
		return 0
	}
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			r.fail("truncated number", err)
			return 0
		}
		if shift > 0 && b == 0 || shift == 63 && b > 1 {
			break
		}
		if n |= uint64(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
	r.fail("number not in its shortest form", nil)
	return 0
}

func (r *snapshotReader) readAlarms() {
	n := r.number()
	if n > MaxAlarms {
		r.fail("too many alarms", nil)
	}
	for ; n > 0 && r.err == nil; n-- {
		r.alarms = append(r.alarms, Alarm{AlarmKind(r.number()), r.number()})
	}
	if !slices.IsSortedFunc(r.alarms, compareAlarms) {
		r.fail("alarms out of order", nil)
	}
}

func (r *snapshotReader) readLeases() {
	var last LeaseID
	for n, first := r.number(), true; n > 0 && r.err == nil; n, first = n-1, false {
		l := lease{LeaseID(r.number()), int64(r.number()), r.number()}
		if !first && l.id <= last {
			r.fail("leases out of order", nil)
		}
		last = l.id
		r.leases.Load(l)
		r.digest += l.hash()
	}
}

func (r *snapshotReader) readVersions(t *tree, past bool) {
	var last version
	for n := r.number(); n > 0 && r.err == nil; n-- {
		at, v := r.version()
		f, ok := parseVersion(v)
		switch {
		case !ok || f.deleted && !past || f.main > r.rev:
			r.fail("malformed version", nil)
		case last != "" && !t.less(last, v):
			r.fail("versions out of order", nil)
		case !past && f.lease != 0 && !r.hasLease(f.lease):
			r.fail("version of an unknown lease", nil)
		}
		if r.err != nil {
			return
		}
		if last = v; r.arena.cold != nil {
			at = r.arena.add(v)
		}
		t.set(at)
		r.add(v)
	}
}

func (r *snapshotReader) hasLease(id LeaseID) bool {
	_, ok := r.leases.Get(lease{id: id})
	return ok
}

// version reads one version into the arena. Memory grows with what is read, not
// with the length that a damaged stream claims.
func (r *snapshotReader) version() (ref, version) {
	n := r.number()
	if r.err != nil || n == 0 || n > maxVersion {
		r.fail("version of an impossible length", nil)
		return 0, ""
	}
	if n > slabBytes/8 || r.arena.cold != nil {
		return r.longVersion(int64(n))
	}
	at, b := r.arena.reserve(int(n))
	if _, err := io.ReadFull(r, b); err != nil {
		r.fail("truncated version", err)
	}
	return at, version(freeze(b))
}

func (r *snapshotReader) longVersion(n int64) (ref, version) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, n); err != nil {
		r.fail("truncated version", err)
		return 0, ""
	}
	v := version(b.String())
	if r.arena.cold != nil {
		return 0, v // it is added once it is known to be one
	}
	at := r.arena.add(v)
	return at, r.arena.at(at)
}

// parseVersion takes apart what may not be a version.
func parseVersion(v version) (f fields, ok bool) {
	b := view(string(v))
	length, n := binary.Uvarint(b)
	if n <= 0 || length == 0 || length > uint64(len(b)-n) {
		return f, false
	}
	rest := b[n+int(length):]
	for range 5 {
		_, n := binary.Uvarint(rest)
		if n <= 0 {
			return f, false
		}
		rest = rest[n:]
	}
	f = v.fields()
	head, tail := f.encode(nil, nil, f.key)
	return f, len(head)+len(f.key)+len(tail)+len(f.value) == len(v) // numbers in shortest form
}
