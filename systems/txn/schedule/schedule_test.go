package schedule_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

// The lost update: both read before either writes.
func Example() {
	s, err := schedule.Parse("r1(x) r2(x) w1(x) w2(x) c1 c2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(s.Analyze())
	// Output:
	//       T1        T2
	//    1  r1(x)
	//    2            r2(x)
	//    3  w1(x)
	//    4            w2(x)
	//    5  c1
	//    6            c2
	//
	// precedence graph
	// T1 -> T2  r1(x) before w2(x)
	// T2 -> T1  r2(x) before w1(x)
	// T1 -> T2  w1(x) before w2(x)
	//
	// serial                      no
	// conflict serializable       no       cycle T1 -> T2 -> T1: r1(x) before w2(x), r2(x) before w1(x)
	// view serializable           no       no serial order is equivalent
	// final-state serializable    no       no serial order is equivalent
	// recoverable                 yes
	// cascadeless                 yes
	// strict                      no       w2(x) touches x before T1, which wrote it, has ended
	// rigorous                    no       w2(x) conflicts with T1, which has not ended
	// two-phase locking           no       T1 needs x exclusively at operation 3, while T2 holds it from operation 2 to 4
	// strict two-phase locking    no       T1 needs x exclusively at operation 3, while T2 holds it from operation 2 to 6
	// rigorous two-phase locking  no       T1 needs x exclusively at operation 3, while T2 holds it from operation 2 to 6
}

// classes are the answers in the order of the report, as y and n: conflict,
// view, final state; recoverable, cascadeless, strict, rigorous; the three kinds
// of two-phase locking.
func classes(s schedule.Schedule) string {
	var b strings.Builder
	for i, f := range s.Analyze().Findings[1:] {
		if i == 3 || i == 7 {
			b.WriteByte(' ')
		}
		b.WriteByte(f.Answer[0])
	}
	return b.String()
}

func TestSchedulesOfTheTextbooks(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"serial", "r1(x) w1(x) c1 r2(x) w2(x) c2", "yyy yyyy yyy"},
		{"blind writes: view, not conflict serializable", "r1(x) w2(x) w1(x) w3(x) c1 c2 c3", "nyy yynn nnn"},
		{"serializable, but not by two-phase locking", "w1(x) r2(x) c2 r3(y) c3 w1(y) c1", "yyy nnnn nnn"},
		{"two-phase, but locks go before the end", "w1(x) w2(x) c1 c2", "yyy yynn ynn"},
		{"strict, not rigorous", "r1(x) w2(x) c2 c1", "yyy yyyn yyn"},
		{"cascadeless, not strict", "w1(x) w2(x) c1 c2", "yyy yynn ynn"},
		{"recoverable, not cascadeless", "w1(x) r2(x) c1 c2", "yyy ynnn ynn"},
		{"not recoverable", "w1(x) r2(x) c2 a1", "yyy nnnn ynn"},
		{"reads its own write", "w1(x) r1(x) c1", "yyy yyyy yyy"},
		{"an abort gives back what was there", "w1(x) a1 r2(x) c2", "yyy yyyy yyy"},
		{"inconsistent retrieval: who only reads leaves no state", "r1(x) w1(x) r2(x) r2(y) c2 r1(y) w1(y) c1", "nny nnnn nnn"},
		{"an aborted transaction is in no cycle", "r1(x) r2(x) w1(x) w2(x) a2 c1", "yyy yynn nnn"},
		{"write skew", "r1(x) r1(y) r2(x) r2(y) w1(x) w2(y) c1 c2", "nnn yyyn nnn"},
		{"unfinished", "w1(x) w2(y)", "yyy yyyy yyy"},
		{"lock points of one gap", "r1(x) r2(y) w1(z) w2(v) c1 c2", "yyy yyyy yyy"},
	} {
		if got := classes(must(t, c.text)); got != c.want {
			t.Errorf("%s: %s is %s, want %s\n%v", c.name, c.text, got, c.want, must(t, c.text).Analyze())
		}
	}
}

func TestASearchThatIsGivenUpIsUnknown(t *testing.T) {
	var text strings.Builder
	for i := 1; i <= 40; i++ { // a cycle, and many blind writers
		fmt.Fprintf(&text, "r%d(x) w%d(y%d) ", i, i, i%3)
	}
	for i := 40; i >= 1; i-- {
		fmt.Fprintf(&text, "w%d(x) ", i)
	}
	s := must(t, text.String())
	if _, err := s.FinalStateSerializable(); !errors.Is(err, schedule.ErrUndecided) {
		t.Errorf("%v, want ErrUndecided", err)
	}
}

func TestLongestScheduleIsAnswered(t *testing.T) {
	var text strings.Builder
	for i := range schedule.MaxOps {
		fmt.Fprintf(&text, "%c%d(x%d) ", "rw"[i%2], 1+i*7%250, i*11%9)
	}
	if r := must(t, text.String()).Analyze(); len(r.Cycle) == 0 {
		t.Error("no cycle in a tangle")
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	for _, text := range []string{"w1(x)", "r1(x) r2(x) w1(x) w2(x) c1 c2", "a1"} {
		var b bytes.Buffer
		if err := must(t, text).Analyze().SVG(&b); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(&b)
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
}
