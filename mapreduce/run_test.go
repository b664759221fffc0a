package mapreduce

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

func write(t interface{ Fatal(...any) }, dir, name string, data []byte) string {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// positions is a job whose output says everything about order: each word with the
// places that it was seen at, as they came.
func positions() Job[string, string] {
	return Job[string, string]{
		Map: func(r Record, emit func(string, string)) error {
			for word := range strings.FieldsSeq(r.Text) {
				emit(word, fmt.Sprintf("%s:%d", filepath.Base(r.File), r.Offset))
			}
			return nil
		},
		Reduce: func(word string, places iter.Seq[string], out *Output) error {
			fmt.Fprintf(out, "%s", word)
			for p := range places {
				fmt.Fprintf(out, " %s", p)
			}
			_, err := out.Write([]byte{'\n'})
			return err
		},
	}
}

func positionsOracle(files map[string]string) string {
	places := map[string][]string{}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range files {
			if !yield(n) {
				return
			}
		}
	}) {
		offset := 0
		for line := range strings.Lines(files[name]) {
			for word := range strings.FieldsSeq(line) {
				places[word] = append(places[word], fmt.Sprintf("%s:%d", name, offset))
			}
			offset += len(line)
		}
	}
	var words []string
	for w := range places {
		words = append(words, w)
	}
	slices.Sort(words)
	var out strings.Builder
	for _, w := range words {
		fmt.Fprintf(&out, "%s %s\n", w, strings.Join(places[w], " "))
	}
	return out.String()
}

func mustPlan[K, V any](t interface{ Fatal(...any) }, j Job[K, V]) Plan {
	p, err := j.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnyRunEqualsTheSequentialOne(t *testing.T) {
	plan := mustPlan(t, positions())
	parent := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(parent, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for i := range rapid.IntRange(1, 4).Draw(t, "files") {
			lines := rapid.SliceOfN(rapid.StringMatching(`[abc]{0,3}( [abc]{1,2}){0,5}`), 0, 40).Draw(t, "lines")
			text := strings.Join(lines, "\n")
			if rapid.Bool().Draw(t, "ended") {
				text += "\n"
			}
			name := fmt.Sprintf("f%d", i)
			files[name] = text
			write(t, dir, name, []byte(text))
		}
		var out bytes.Buffer
		_, err := Run(context.Background(), plan, Options{
			Inputs: []string{dir}, Writer: &out, Temp: parent,
			SplitSize: int64(rapid.IntRange(1, 100).Draw(t, "split")),
			Tasks:     rapid.IntRange(1, 4).Draw(t, "tasks"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := positionsOracle(files); out.String() != want {
			t.Fatalf("got\n%s\nwant\n%s", out.String(), want)
		}
	})
}

func TestRecordsAreReadOnceWhereverTheSplitsAre(t *testing.T) {
	fixed := strings.Repeat("abcdefg", 50)
	csvText := "a,\"x\ny\"\n\"\"\"\n\",2\n,\n\"q\"\"\n\"\"\",z\nlast,\"1\"\n"
	for _, test := range []struct {
		name   string
		format Format
		text   string
		want   []string
	}{
		{"lines", Lines(), "a\n\nbcd\n\n\nlast", []string{"a", "", "bcd", "", "", "last"}},
		{"csv", CSV(), csvText, []string{"a,\"x\ny\"", "\"\"\"\n\",2", ",", "\"q\"\"\n\"\"\",z", "last,\"1\""}},
		{"fixed", Fixed(7), fixed, slices.Repeat([]string{"abcdefg"}, 50)},
	} {
		path := write(t, t.TempDir(), test.name, []byte(test.text))
		for size := int64(1); size < int64(len(test.text))+2; size++ {
			splits, err := Splits([]string{path}, test.format, size)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range splits {
				pieces, err := decode(s.Spec)
				if err != nil {
					t.Fatal(err)
				}
				b := &blocks{format: test.format, maxRecord: 1 << 20, buf: make([]byte, 5)}
				for i, p := range pieces {
					err := b.read(i, p, func(block Block) error {
						return test.format.Records(block, func(offset int64, record []byte) error {
							if !strings.HasPrefix(test.text[offset:], string(record)) {
								t.Fatalf("%s: %q is not at %d", test.name, record, offset)
							}
							got = append(got, string(record))
							return nil
						})
					})
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Fatalf("%s in splits of %d: %q, want %q", test.name, size, got, test.want)
			}
		}
	}
}

func TestCompressedFilesAreUnpackedAndNotDivided(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("one two two\n", 5000)
	var zipped bytes.Buffer
	g := gzip.NewWriter(&zipped)
	g.Write([]byte(text))
	g.Close()
	write(t, dir, "a.gz", zipped.Bytes())
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "b.zst", z.EncodeAll([]byte(text), nil))
	write(t, dir, "c.txt", []byte(text))
	write(t, dir, "_SUCCESS", []byte("left out"))
	write(t, dir, ".hidden", []byte("left out"))

	var out bytes.Buffer
	s, err := Run(context.Background(), mustPlan(t, countWords()), Options{Inputs: []string{dir}, Writer: &out, SplitSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	if want := "one\t15000\ntwo\t30000\n"; out.String() != want {
		t.Fatalf("%q, want %q", out.String(), want)
	}
	if s.Counters[countInput] != int64(3*len(text)) {
		t.Errorf("%d bytes of input", s.Counters[countInput])
	}
}

func countWords() Job[string, int] {
	return Job[string, int]{
		Map: func(r Record, emit func(string, int)) error {
			for word := range strings.FieldsSeq(r.Text) {
				emit(word, 1)
			}
			return nil
		},
		Combine: Sum[int],
	}
}

func TestKeysAndValuesOfEveryKind(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "numbers", []byte("-1.5\n3\n-20\n100\n0\n3\n"))
	floats := Job[float64, int32]{
		Map: func(r Record, emit func(float64, int32)) error {
			var f float64
			_, err := fmt.Sscan(r.Text, &f)
			emit(f, 1)
			return err
		},
		Combine: Sum[int32],
	}
	ints := Job[int, map[string]int]{
		Map: func(r Record, emit func(int, map[string]int)) error {
			emit(len(r.Text)-3, map[string]int{r.Text: len(r.Text)})
			return nil
		},
		Combine: func(a, b map[string]int) map[string]int {
			for k, v := range b {
				a[k] += v
			}
			return a
		},
	}
	for _, test := range []struct {
		plan Plan
		want string
	}{
		{mustPlan(t, floats), "-20\t1\n-1.5\t1\n0\t1\n3\t2\n100\t1\n"},
		{mustPlan(t, ints), "-2\tmap[0:1 3:2]\n0\tmap[-20:3 100:3]\n1\tmap[-1.5:4]\n"},
	} {
		var out bytes.Buffer
		if _, err := Run(context.Background(), test.plan, Options{Inputs: []string{dir}, Writer: &out, SplitSize: 4}); err != nil {
			t.Fatal(err)
		}
		if out.String() != test.want {
			t.Errorf("%q, want %q", out.String(), test.want)
		}
	}
	if _, err := (Job[struct{}, int]{Map: func(Record, func(struct{}, int)) error { return nil }}).Plan(); err == nil || !strings.Contains(err.Error(), "use a string") {
		t.Error(err)
	}
}

func TestTheOutputIsADirectoryWithAManifest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "text", []byte("a b c d e f g h\n"))
	out := filepath.Join(dir, "deep", "out")
	s, err := Run(context.Background(), mustPlan(t, countWords()), Options{Inputs: []string{filepath.Join(dir, "text")}, Output: out, Partitions: 3})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, Manifest))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Parts []Part }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(manifest.Parts, s.Outputs) || len(s.Outputs) != 3 {
		t.Errorf("manifest %v, summary %v", manifest.Parts, s.Outputs)
	}
	words := 0
	for _, p := range manifest.Parts {
		data, err := os.ReadFile(filepath.Join(out, p.Name))
		if err != nil {
			t.Fatal(err)
		}
		words += bytes.Count(data, []byte("\n"))
		if int64(len(data)) != p.Bytes || crc32.Checksum(data, castagnoli) != p.CRC32C {
			t.Errorf("%s is not as the manifest says", p.Name)
		}
	}
	if words != 8 {
		t.Errorf("%d words", words)
	}
}

func TestMemoryBoundsWhatIsKeptNotWhatIsSorted(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&text, "%06d %06d\n", i*7919%200_000, i)
	}
	write(t, dir, "text", []byte(text.String()))
	plan := mustPlan(t, Job[string, string]{
		Map: func(r Record, emit func(string, string)) error {
			emit(r.Text[:6], r.Text[7:])
			return nil
		},
	})
	var out bytes.Buffer
	s, err := Run(context.Background(), plan, Options{Inputs: []string{dir}, Writer: &out, Memory: fixedMemory + leastMemory, SplitSize: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if s.Counters[countSpilled] < 2 {
		t.Errorf("%d spills", s.Counters[countSpilled])
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 200_000 || !slices.IsSorted(lines) {
		t.Errorf("%d lines, sorted: %v", len(lines), slices.IsSorted(lines))
	}
}
