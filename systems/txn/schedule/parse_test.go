package schedule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

// must parses a schedule that is one.
func must(t testing.TB, text string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseTakesTheNotationsOfTheTextbooks(t *testing.T) {
	want := "r1(x) w2(x) c1 a2"
	for _, text := range []string{want, "R1[x],W2[x];C1 A2", "r1(x)w2(x)c1a2", "\n r1(x)\tw2(x) c1, a2 "} {
		if got := must(t, text).String(); got != want {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

func TestParseNamesThePlaceAndTheReason(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "column 1: no operation",
		"r1(x) b2":                            `column 7: an operation begins with r, w, c or a, not with "b2"`,
		"r(x)":                                "column 2: the number of a transaction",
		"r0(x)":                               "column 2: the number of a transaction",
		"w70000(x)":                           "column 2: transactions are numbered up to 65535",
		"r1 w2(x)":                            "column 3: an item in parentheses is due after r1",
		"r1(x":                                "column 3: no ')' closes the item",
		"r1[x)":                               "column 3: no ']' closes the item",
		"r1()":                                "column 4: an item is a name",
		"r1(ä)":                               "column 4: an item is a name",
		"c1 r1(x)":                            "column 4: r1(x) comes after c1",
		"a1 c1":                               "column 4: c1 comes after a1",
		strings.Repeat("c1", 2):               "column 3: c1 comes after c1",
		"r1(" + strings.Repeat("x", 33) + ")": "column 4: an item is a name of 1 to 32",
	} {
		_, err := schedule.Parse(text)
		if err == nil || !errors.Is(err, schedule.ErrSyntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	long := strings.Repeat("r1(x) ", schedule.MaxOps)
	if _, err := schedule.Parse(long + "w1(x)"); err == nil || !strings.Contains(err.Error(), "more than 1000") {
		t.Errorf("too long: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"r1(x) w2(x) c1 a2", "R1[x]", "c1c1", "w65536(x)", "r1(", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schedule.Parse(text)
		if err != nil {
			if !errors.Is(err, schedule.ErrSyntax) {
				t.Fatalf("%v is no syntax error", err)
			}
			return
		}
		again, err := schedule.Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is written as %q, which is read as %q (%v)", text, s, again, err)
		}
		if len(s) < 12 { // longer ones would make the search the fuzzed thing
			_ = s.Analyze().String()
		}
	})
}
