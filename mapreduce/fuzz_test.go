package mapreduce

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzSplits: however a file is divided, its records are read as if it were not.
func FuzzSplits(f *testing.F) {
	f.Add([]byte("a\nb\n\nc"), int64(2), false)
	f.Add([]byte("a,\"b\nc\"\n\"\"\"\n\",d\n"), int64(3), true)
	f.Add([]byte("\"never closed\nx\ny"), int64(1), true)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte, size int64, csv bool) {
		format := Lines()
		if csv {
			format = CSV()
		}
		if size < 1 || int64(len(data))/size > 100 {
			return
		}
		name := filepath.Join(dir, "data")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		whole := recordsOf(t, name, format, 1<<40)
		divided := recordsOf(t, name, format, size)
		if len(whole) != len(divided) {
			t.Fatalf("%d records, %d when divided", len(whole), len(divided))
		}
		for i := range whole {
			if !bytes.Equal(whole[i], divided[i]) {
				t.Fatalf("record %d: %q, %q when divided", i, whole[i], divided[i])
			}
		}
	})
}

func recordsOf(t *testing.T, name string, format Format, size int64) (all [][]byte) {
	splits, err := Splits([]string{name}, format, size)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range splits {
		pieces, err := decode(s.Spec)
		if err != nil {
			t.Fatal(err)
		}
		b := &blocks{format: format, maxRecord: 1 << 20, buf: make([]byte, 16)}
		for i, p := range pieces {
			err := b.read(i, p, func(block Block) error {
				return format.Records(block, func(_ int64, record []byte) error {
					all = append(all, bytes.Clone(record))
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}
