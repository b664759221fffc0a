package kv

import (
	"encoding/binary"
	"unsafe"
)

// version is what one revision did to one key: immutable bytes in an arena,
// which captures share and a snapshot stores as they are:
//
//	uvarint  length of key
//	bytes    key
//	uvarint  main revision
//	uvarint  sub revision * 2, + 1 for a deletion
//	uvarint  create revision  (0 for a deletion)
//	uvarint  version          (0 for a deletion)
//	uvarint  lease
//	bytes    value, to the end
//
// Sub is the place within the revision. A key changes at most once in a
// revision (I2), so key and main revision identify a version.
type version string

// fields is a version taken apart. Strings are parts of the version.
type fields struct {
	key, value string
	main       Revision
	sub        uint64
	deleted    bool
	create     Revision
	count      int64 // the version number that clients see
	lease      LeaseID
}

// overhead bounds the bytes of a version beside its key and its value.
const overhead = 6 * binary.MaxVarintLen64

// encode returns what stands before and behind the key, in the room given.
func (f *fields) encode(head, tail []byte, key string) ([]byte, []byte) {
	kind := f.sub << 1
	if f.deleted {
		kind |= 1
	}
	head = binary.AppendUvarint(head, uint64(len(key)))
	tail = binary.AppendUvarint(tail, uint64(f.main))
	tail = binary.AppendUvarint(tail, kind)
	tail = binary.AppendUvarint(tail, uint64(f.create))
	tail = binary.AppendUvarint(tail, uint64(f.count))
	return head, binary.AppendUvarint(tail, uint64(f.lease))
}

// build packs the numbers of f, a key and a value, and puts that into the arena.
func (a *arena) build(f *fields, key, value []byte) (ref, version) {
	var room [2][overhead]byte
	head, tail := f.encode(room[0][:0], room[1][:0], text(key))
	size := len(head) + len(key) + len(tail) + len(value)
	elsewhere := a.cold != nil && len(value) >= a.from
	var r ref
	var b []byte
	if elsewhere {
		b = make([]byte, size)
	} else {
		r, b = a.reserve(size)
	}
	n := copy(b, head)
	n += copy(b[n:], key)
	n += copy(b[n:], tail)
	copy(b[n:], value)
	v := version(freeze(b))
	if elsewhere {
		r = a.split(v[:n], value)
	}
	return r, v
}

// pivot is the part of a version that a tree is searched by, a copy.
func pivot(p probe) version {
	b := binary.AppendUvarint(make([]byte, 0, len(p.key)+10), uint64(len(p.key)))
	b = append(b, p.key...)
	return version(binary.AppendUvarint(b, uint64(p.main)))
}

// split returns the key and what follows it.
func (v version) split() (key, rest string) {
	if len(v) > 0 && v[0] < 0x80 { // keys shorter than 128 bytes
		n := 1 + int(v[0])
		return string(v[1:n]), string(v[n:])
	}
	n, rest := uvarint(string(v))
	return rest[:n], rest[n:]
}

func (v version) key() string {
	key, _ := v.split()
	return key
}

func (v version) main() Revision {
	_, rest := v.split()
	main, _ := uvarint(rest)
	return Revision(main)
}

// place returns where the version stands in the order of all changes.
func (v version) place() place {
	_, rest := v.split()
	main, rest := uvarint(rest)
	kind, _ := uvarint(rest)
	return place{Revision(main), kind >> 1}
}

func (v version) deleted() bool {
	_, rest := v.split()
	_, rest = uvarint(rest)
	kind, _ := uvarint(rest)
	return kind&1 != 0
}

// fields takes v apart; it is one that build made or parseVersion passed.
func (v version) fields() (f fields) {
	var main, kind, create, count, lease uint64
	f.key, f.value = v.split()
	main, f.value = uvarint(f.value)
	kind, f.value = uvarint(f.value)
	create, f.value = uvarint(f.value)
	count, f.value = uvarint(f.value)
	lease, f.value = uvarint(f.value)
	f.main, f.sub, f.deleted = Revision(main), kind>>1, kind&1 != 0
	f.create, f.count, f.lease = Revision(create), int64(count), LeaseID(lease)
	return f
}

// pair returns v as clients see it.
func (v version) pair() KeyValue {
	f := v.fields()
	return KeyValue{
		Key: view(f.key), Value: view(f.value), Lease: f.lease, Version: f.count,
		CreateRevision: f.create, ModRevision: f.main,
	}
}

// uvarint decodes the number that s begins with and returns what follows.
func uvarint(s string) (n uint64, rest string) {
	for i, shift := 0, 0; i < len(s); i, shift = i+1, shift+7 {
		b := s[i]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n, s[i+1:]
		}
	}
	panic("kv: a version ends inside a number")
}

// view returns the bytes of s without copying. Whoever gets them only reads:
// they belong to a version that other readers and captures share.
func view(s string) []byte {
	if s == "" {
		return nil
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

// text returns the bytes of b as a string without copying, for a search: nobody
// keeps it.
func text(b []byte) string { return freeze(b) }

// freeze returns the bytes of b as a string without copying. Nobody writes to
// b any more.
func freeze(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// place orders all changes: by revision, and within it by execution.
type place struct {
	main Revision
	sub  uint64
}

func (p place) before(q place) bool {
	return p.main < q.main || p.main == q.main && p.sub < q.sub
}
