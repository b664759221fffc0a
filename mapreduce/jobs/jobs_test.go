package jobs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/mapreduce"
)

func write(t interface{ Fatal(...any) }, name, text string) string {
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// answer runs a job over files of these texts, named a, b, c..., in small splits.
func answer(t interface {
	Fatal(...any)
}, dir string, s Spec, o mapreduce.Options, texts ...string) (string, mapreduce.Summary, error) {
	for i, text := range texts {
		o.Inputs = append(o.Inputs, write(t, filepath.Join(dir, string(rune('a'+i))), text))
	}
	// As workers elsewhere do: by way of the bytes.
	decoded, err := Decode(s.Encode())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Plan(decoded)
	if err != nil {
		return "", mapreduce.Summary{}, err
	}
	var out bytes.Buffer
	o.Writer, o.Temp = &out, dir
	summary, err := mapreduce.Run(context.Background(), plan, o)
	return out.String(), summary, err
}

func TestJobsGiveWhatIsExpected(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, test := range []struct {
		name  string
		spec  Spec
		texts []string
		want  string
	}{
		{"words", Spec{Job: "wordcount"}, []string{"b a\tb\n\na", "B\xff b"}, "B\xff\t1\na\t2\nb\t3\n"},
		{"letters", Spec{Job: "wordcount", Letters: true, FoldCase: true}, []string{"Größe, größe! x2\n\xffy\xff"}, "größe\t2\nx2\t1\ny\t1\n"},
		{"grep", Spec{Job: "grep", Pattern: "aa"}, []string{"xaa\nb\naaaa\n", "no\naa"}, "xaa\naaaa\naa\n"},
		{"grep with names", Spec{Job: "grep", Pattern: "aa", Filename: true}, []string{"xaa\n", "aa"}, a + ":xaa\n" + b + ":aa\n"},
		{"grep -E", Spec{Job: "grep", Pattern: "^a.$", Regexp: true}, []string{"ab\nxab\nabc\n", "az"}, "ab\naz\n"},
		{"grep -c", Spec{Job: "grep", Pattern: "b", Count: true}, []string{"b\nbb\n", "a\n"}, a + "\t2\n"},
		{"sort", Spec{Job: "sort"}, []string{"b\n\na\nb", "B\xff\nab\n"}, "\nB\xff\na\nab\nb\nb\n"},
		{"sort -u", Spec{Job: "sort", Unique: true}, []string{"b\na\nb\n"}, "a\nb\n"},
		{"sort by field", Spec{Job: "sort", Field: 2, Separator: ","}, []string{"1,z\n2,a\n", "3,a\n"}, "2,a\n3,a\n1,z\n"},
		{"sort of bytes", Spec{Job: "sort", Width: 2}, []string{"zzaaz\n"}, "aaz\nzz"},
		{"distinct", Spec{Job: "distinct"}, []string{"x\ny\nx\n", "y"}, "x\ny\n"},
		{"distinct field", Spec{Job: "distinct", Field: 1, CSV: true}, []string{"\"x\ny\",1\nx,2\n"}, "x\nx\ny\n"},
		{"index", Spec{Job: "invertedindex"}, []string{"the cat the", "cat"}, "cat\t" + a + ":1 " + b + ":1\nthe\t" + a + ":2\n"},
		{"top", Spec{Job: "topk", K: 2, Words: true}, []string{"c b a c", "b a"}, "a\t2\nb\t2\n"},
		{"top lines", Spec{Job: "topk", K: 1}, []string{"x y\nz\nx y\n"}, "x y\t2\n"},
		{"join", Spec{Job: "join", Field: 1, RightField: 2, Left: []string{a}}, []string{"k\t1\nm\t2\nk\t3\n", "x\tk\ny\tn\nz\tk\n"},
			"k\t1\tx\tk\nk\t3\tx\tk\nk\t1\tz\tk\nk\t3\tz\tk\n"},
		{"stream", Spec{Job: "stream", Mapper: `tr -s ' ' '\n'`, Reducer: `cut -f 1 | uniq -c | tr -s ' '`}, []string{"b a\n", "b"}, " 1 a\n 2 b\n"},
		{"stream identity", Spec{Job: "stream", Mapper: "cat"}, []string{"k\tv\nj\n"}, "j\t\nk\tv\n"},
		{"stream that reads little", Spec{Job: "stream", Reducer: "head -n 1"}, []string{strings.Repeat("a\t1\n", 100_000)}, "a\t1\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := mapreduce.Options{SplitSize: 3}
			if test.spec.Job == "stream" {
				o.SplitSize = 0 // a command a split
			}
			got, _, err := answer(t, dir, test.spec, o, test.texts...)
			if err != nil || got != test.want {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestSortIsASortForAnyBorders(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-d]{0,12}`), 1, 300).Draw(t, "lines")
		text := strings.Join(lines, "\n") + "\n"
		file := write(t, filepath.Join(parent, "in"), text)
		r := rapid.IntRange(1, 6).Draw(t, "R")
		s := Spec{Job: "sort"}
		s.SetBorders([]string{file}, r, 1<<20)
		var out bytes.Buffer
		plan, err := Plan(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mapreduce.Run(context.Background(), plan, mapreduce.Options{Inputs: []string{file}, Writer: &out, Partitions: r, SplitSize: 200, Temp: parent}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		if want := strings.Join(lines, "\n") + "\n"; out.String() != want {
			t.Fatalf("%q, want %q", out.String(), want)
		}
	})
}

func TestInvalidUTF8IsCountedWhereItMatters(t *testing.T) {
	_, s, err := answer(t, t.TempDir(), Spec{Job: "wordcount", Letters: true}, mapreduce.Options{}, "a\xff\xfeb")
	if err != nil || s.Counters[countInvalid] != 2 {
		t.Errorf("%v, %v", s.Counters, err)
	}
}

func TestBadJobsAndBadRecordsAreNamed(t *testing.T) {
	for _, test := range []struct {
		spec Spec
		text string
		want []string
	}{
		{Spec{Job: "count"}, "", []string{`no job "count"; there are distinct, grep`}},
		{Spec{Job: "grep"}, "", []string{"the pattern is empty"}},
		{Spec{Job: "grep", Pattern: "a(", Regexp: true}, "", []string{"grep: pattern", "missing closing )"}},
		{Spec{Job: "topk"}, "", []string{"K is at least 1"}},
		{Spec{Job: "join"}, "", []string{"on which field"}},
		{Spec{Job: "stream"}, "", []string{"--mapper, --reducer, or both"}},
		{Spec{Job: "sort", Field: -1}, "", []string{"the first is 1"}},
		{Spec{Job: "sort", Field: 3}, "a\tb\tc\na\tb\n", []string{"map task 0, attempt 2", "record 1", "byte 6", "field 3 of 2"}},
		{Spec{Job: "distinct", Field: 1, CSV: true}, "a\n\"b\" c\n", []string{"record 1", "byte 2", `extraneous or missing "`}},
		{Spec{Job: "stream", Mapper: "echo went wrong >&2; exit 3"}, "a\n", []string{"map task 0, attempt 1", "exit status 3: went wrong"}},
		{Spec{Job: "stream", Reducer: "kill -9 $$"}, "a\n", []string{"reduce task 0, attempt 1", "signal: killed"}},
	} {
		dir := t.TempDir()
		_, _, err := answer(t, dir, test.spec, mapreduce.Options{}, test.text)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v does not say %q", test.spec, err, want)
			}
		}
	}
}

func TestALongPrintedLineAndASlowReaderDoNotStallAStream(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 20_000)
	got, _, err := answer(t, t.TempDir(), Spec{Job: "stream", Mapper: "sort -r", Reducer: "wc -l | tr -d ' '"}, mapreduce.Options{}, text)
	if err != nil || got != "20000\n" {
		t.Errorf("%q, %v", got, err)
	}
	_, _, err = answer(t, t.TempDir(), Spec{Job: "stream", Mapper: fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x", maxPrinted+100_000)}, mapreduce.Options{}, text)
	if err == nil || !strings.Contains(err.Error(), "it printed a line of more than") {
		t.Error(err)
	}
}
