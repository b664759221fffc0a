package mapreduce

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"
)

func TestChunksReadAsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c chunks
		var whole []byte
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			part := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "part")
			c.add(part)
			whole = append(whole, part...)
		}
		at := rapid.Int64Range(0, int64(len(whole))+2).Draw(t, "at")
		got, want := make([]byte, rapid.IntRange(0, 20).Draw(t, "length")), make([]byte, 20)
		want = want[:len(got)]
		n, err := c.ReadAt(got, at)
		m, wanted := bytes.NewReader(whole).ReadAt(want, at)
		if n != m || !bytes.Equal(got[:n], want[:m]) || len(got) > 0 && errors.Is(err, io.EOF) != errors.Is(wanted, io.EOF) {
			t.Fatalf("%d bytes at %d: %q, %d, %v, want %q, %d, %v", len(got), at, got[:n], n, err, want[:m], m, wanted)
		}
	})
}
