package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// walReader reads a write-ahead log by "Reading it back".
type walReader struct {
	t       *testing.T
	names   []string // of streams, by number
	next    []uint64
	first   []uint64
	records map[uint32]map[uint64][]byte
	seq     uint64
	begun   bool
}

// readLog returns the records of a stream, parsed, in their order.
func readLog(t *testing.T, dir, stream string, base uint64) (all []logRecord) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(dir, "*.wal"))
	must(t, err)
	slices.Sort(segments)
	r := walReader{t: t, records: map[uint32]map[uint64][]byte{}}
	for _, name := range segments {
		b, err := os.ReadFile(name)
		must(t, err)
		r.segment(b)
	}
	n := uint32(slices.Index(r.names, stream))
	for lsn := r.first[n]; lsn < r.next[n]; lsn++ {
		data, there := r.records[n][lsn]
		if !there {
			t.Fatalf("record %d of %s did not turn up", lsn, stream)
		}
		all = append(all, parseRecord(t, lsn+base, data))
	}
	return all
}

func (r *walReader) segment(b []byte) {
	length := int(le32(b[12:]))
	if string(b[:8]) != "PARLEYWL" || sum(0, b[12:length]) != le32(b[8:]) || le32(b[16:]) != 1 {
		r.t.Fatal("the header of a segment")
	}
	if r.begun && le64(b[48:]) != r.seq {
		r.t.Fatalf("the segment follows batch %d, and is after %d", le64(b[48:]), r.seq)
	}
	r.seq = le64(b[48:])
	table := b[64:length]
	for i := range int(le32(b[20:])) {
		first, next, n := le64(table), le64(table[8:]), le16(table[16:])
		name := string(table[18 : 18+n])
		table = table[18+n:]
		if !r.begun {
			r.names, r.first, r.next = append(r.names, name), append(r.first, first), append(r.next, next)
		}
		r.first[i] = max(r.first[i], first)
		if r.names[i] != name || r.next[i] != next {
			r.t.Fatalf("stream %d is %s with %d next, and was %s with %d", i, name, next, r.names[i], r.next[i])
		}
	}
	r.begun = true
	seed := splitmix(le64(b[32:]))
	for at := (length + 511) / 512 * 512; at+40 <= len(b); {
		h := b[at : at+40]
		body := int(le32(h[32:]))
		if string(h[:4]) != "PWB1" || sum(seed, h[8:40]) != le32(h[4:]) || le64(h[8:]) != r.seq+1 ||
			at+40+body > len(b) || sum(seed, b[at+40:][:body]) != le32(h[36:]) {
			return
		}
		r.seq++
		r.batch(b[at+40:][:body])
		at += (40 + body + 7) / 8 * 8
	}
}

// splitmix is one step of splitmix64; the seed of checksums is its upper half.
func splitmix(state uint64) uint32 {
	z := state + 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return uint32((z ^ z>>31) >> 32)
}

func (r *walReader) batch(b []byte) {
	for len(b) > 0 {
		n := int(le32(b[4:]))
		data, kind, stream, lsn := b[20:20+n], le32(b[8:])>>28, le32(b[8:])&(1<<28-1), le64(b[12:])
		if sum(0, b[4:20+n]) != le32(b) {
			r.t.Fatal("the checksum of a record")
		}
		b = b[20+n:]
		if kind == 3 {
			r.names, r.first, r.next = append(r.names, string(data)), append(r.first, 1), append(r.next, 1)
			continue
		}
		if r.records[stream] == nil {
			r.records[stream] = map[uint64][]byte{}
		}
		switch kind {
		case 1:
			if lsn != r.next[stream] {
				r.t.Fatalf("record %d, and %d is due", lsn, r.next[stream])
			}
			r.next[stream]++
			r.records[stream][lsn] = data
		case 2:
			r.records[stream][lsn] = data
		case 4:
			r.first[stream] = max(r.first[stream], lsn)
		default:
			r.t.Fatalf("a record of kind %d", kind)
		}
	}
}
