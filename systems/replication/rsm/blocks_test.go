package rsm

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// memory is a file in memory.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if end := int(off) + len(p); end > len(m.b) {
		m.b = append(m.b, make([]byte, end-len(m.b))...)
	}
	return copy(m.b[off:], p), nil
}

func (m *memory) Size() (int64, error)   { return int64(len(m.b)), nil }
func (m *memory) Truncate(n int64) error { m.b = m.b[:n]; return nil }
func (m *memory) Sync(done func(error))  { done(nil) }
func (m *memory) Close() error           { return nil }

// text is a state that is a few bytes.
type text []byte

func (x text) Release() {}

func (x text) WriteTo(w io.Writer) (int64, error) {
	n := 0
	for piece := range slices.Chunk(x, 1000) {
		k, err := w.Write(piece)
		if n += k; err != nil {
			return int64(n), err
		}
	}
	return int64(n), nil
}

func readAll(f *memory) (SnapshotHeader, []byte, error) {
	r, err := newBlockReader(f)
	if err != nil {
		return SnapshotHeader{}, nil, err
	}
	b, err := io.ReadAll(r)
	return r.header, b, err
}

// A snapshot comes back as it was written.
func TestSnapshotsComeBack(t *testing.T) {
	for _, n := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 17} {
		state := bytes.Repeat([]byte("parley "), n/7+1)[:n]
		h := SnapshotHeader{Index: 12, Epoch: 3, Meta: []byte("members")}
		f := &memory{}
		if err := writeBlocks(f, h, text(state)); err != nil {
			t.Fatal(err)
		}
		got, b, err := readAll(f)
		if err != nil || got.Index != 12 || got.Epoch != 3 || string(got.Meta) != "members" || !bytes.Equal(b, state) {
			t.Fatalf("%d bytes: %+v, %d bytes, %v", n, got, len(b), err)
		}
	}
}

// A flipped bit anywhere, and a cut anywhere, is noticed before the end.
func TestDamageIsNoticed(t *testing.T) {
	whole := &memory{}
	writeBlocks(whole, SnapshotHeader{Index: 9, Meta: []byte("m")}, text(bytes.Repeat([]byte("x"), 700)))
	rapid.Check(t, func(t *rapid.T) {
		f := &memory{slices.Clone(whole.b)}
		at := rapid.IntRange(0, len(f.b)-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "cut") {
			f.b = f.b[:at]
		} else {
			f.b[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		if _, _, err := readAll(f); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("error %v", err)
		}
	})
}

// Nothing that is no snapshot is taken for one, or takes more memory than it
// has bytes.
func FuzzSnapshotFile(f *testing.F) {
	whole := &memory{}
	writeBlocks(whole, SnapshotHeader{Index: 9, Meta: []byte("m")}, text("state"))
	f.Add(whole.b)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, state, err := readAll(&memory{b})
		if err != nil {
			return
		}
		again := &memory{}
		if writeBlocks(again, h, text(state)); len(again.b) > len(b) {
			t.Fatalf("%d bytes hold a snapshot that takes %d", len(b), len(again.b))
		}
	})
}
