package rsm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// tally executes commands by counting them.
type tally struct {
	*sessions
	ran map[string]int
}

func newTally() *tally { return &tally{newSessions(), map[string]int{}} }

func (y *tally) do(session, seq, acked uint64) (string, error) {
	key := fmt.Sprint(session, "/", seq)
	result, err := y.execute(item{session, seq, acked, []byte(key)}, func(body []byte) []byte {
		y.ran[string(body)]++
		return append([]byte("ran "), body...)
	})
	return string(result), err
}

// I2, I3: a command runs once; copies get its result until that is acknowledged,
// and nothing afterwards.
func TestCopiesDoNotRun(t *testing.T) {
	y := newTally()
	s := y.open(5, opening(0, 10))
	for range 3 {
		if got, err := y.do(s, 2, 0); got != fmt.Sprintf("ran %d/2", s) || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if got, err := y.do(s, 1, 0); got != fmt.Sprintf("ran %d/1", s) || err != nil {
		t.Fatalf("a command that was overtaken by the next: %q, %v", got, err)
	}
	y.do(s, 3, 2)
	if got, err := y.do(s, 2, 0); got != "" || err != ErrUnknown {
		t.Fatalf("a copy of an acknowledged command: %q, %v", got, err)
	}
	for command, n := range y.ran {
		if n != 1 {
			t.Errorf("%s ran %d times", command, n)
		}
	}
}

// I4: commands of a session that fell out of the table, or never was in it, do
// not run, and no later session gets its id.
func TestExpiredSessionsExecuteNothing(t *testing.T) {
	y := newTally()
	a, b := y.open(1, opening(0, 2)), y.open(1, opening(0, 2))
	y.do(a, 1, 0) // b is now the one used longest ago
	c := y.open(9, opening(0, 2))
	if a == b || c == b || c == a {
		t.Fatalf("ids %d, %d, %d", a, b, c)
	}
	for _, s := range []uint64{b, 77} {
		if _, err := y.do(s, 1, 0); err != ErrSessionExpired {
			t.Fatalf("session %d: %v", s, err)
		}
	}
	if _, err := y.do(a, 2, 1); err != nil {
		t.Fatalf("the session that was used last: %v", err)
	}
}

// Who claims to have all results of a session spoils it, and so must know its id, which
// neither the place of its opening nor ids of one's own tell.
func TestOthersSessionsAreNotNamedByGuess(t *testing.T) {
	y := newTally()
	s := y.open(3, opening(0xfeed, 10))
	mine := y.open(4, opening(1, 10))
	for guess := range uint64(5000) {
		for _, id := range []uint64{guess, mine - guess - 1, mine + guess + 1} {
			if _, err := y.do(id, 1, 1<<60); err != ErrSessionExpired {
				t.Fatalf("session %d: %v", id, err)
			}
		}
	}
	if _, err := y.do(s, 1, 0); err != nil {
		t.Fatal(err)
	}
}

// A log of before ids were made of numbers that owners draw names sessions as it did.
func TestOldLogsNameSessionsByTheirPlace(t *testing.T) {
	y := newTally()
	old := item{seq: 0xfeed, acked: 10}
	if a, b, c := y.open(3, old), y.open(3, old), y.open(9, old); a != 3 || b != 4 || c != 9 {
		t.Fatalf("ids %d, %d, %d", a, b, c)
	}
}

// A sequence number far ahead of what was acknowledged would take memory on
// every replica; it is refused.
func TestWindowIsBounded(t *testing.T) {
	y := newTally()
	s := y.open(1, opening(0, 10))
	if _, err := y.do(s, Window, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := y.do(s, Window+1, 0); err == nil {
		t.Fatal("ran beyond the window")
	}
}

// I1, I5: tables that have seen the same commands are equal, also if one of
// them was captured and restored midway, and nothing ever runs twice.
func TestTablesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := newTally(), newTally()
		var ids []uint64
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch {
			case len(ids) == 0 || rapid.IntRange(0, 9).Draw(t, "what") == 0:
				limit := rapid.IntRange(1, 3).Draw(t, "limit")
				nonce := rapid.Uint64().Draw(t, "nonce")
				ids = append(ids, x.open(Index(i+1), opening(nonce, limit)))
				if got := y.open(Index(i+1), opening(nonce, limit)); got != ids[len(ids)-1] {
					t.Fatalf("opened %d and %d", ids[len(ids)-1], got)
				}
			default:
				s, seq := rapid.SampledFrom(ids).Draw(t, "session"), rapid.Uint64Range(1, 9).Draw(t, "seq")
				acked := rapid.Uint64Range(0, seq).Draw(t, "acked")
				a, aerr := x.do(s, seq, acked)
				if b, berr := y.do(s, seq, acked); a != b || aerr != berr {
					t.Fatalf("%q, %v and %q, %v", a, aerr, b, berr)
				}
			}
			restored, err := parseSessions(y.encode())
			if err != nil {
				t.Fatal(err)
			}
			if y.sessions = restored; x.digest() != y.digest() {
				t.Fatalf("%x and %x", x.encode(), y.encode())
			}
		}
		for command, n := range x.ran {
			if n != 1 {
				t.Fatalf("%s ran %d times", command, n)
			}
		}
	})
}

// A table that was damaged is refused, never half taken.
func FuzzParseSessions(f *testing.F) {
	y := newTally()
	y.do(y.open(3, opening(0, 5)), 2, 0)
	f.Add(y.encode())
	f.Add(binary.AppendUvarint(nil, 1<<60))
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := parseSessions(b)
		if err == nil && table.used.Len() != len(table.byID) {
			t.Fatal("sessions in disorder")
		}
	})
}

// A batch is the items that were put in, and nothing else is taken for one.
func FuzzBatch(f *testing.F) {
	f.Add(appendItem(appendItem(nil, item{1, 2, 3, []byte("x")}), item{0, 9, 9, nil}))
	f.Add([]byte{1, 1, 1, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		if wellFormed(b) != nil {
			return
		}
		var again []byte
		for rest := b; len(rest) > 0; {
			var it item
			it, rest, _ = nextItem(rest)
			again = appendItem(again, it)
		}
		if len(again) > len(b) || bytes.Equal(b, again) != (len(again) == len(b)) {
			t.Fatalf("%x came back as %x", b, again)
		}
	})
}

// A session belongs to the member that opened it, also in a state that is restored.
func TestOwnersOfSessionsAreKept(t *testing.T) {
	s := newSessions()
	a, b := s.openFor("a/r", 3, opening(0, 8)), s.openFor("b/r", 3, opening(0, 8))
	for range 20 {
		s.openFor("b/r", 9, opening(0, 2)) // expires b's own, and no other's
	}
	again, err := parseSessions(s.encode())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []*sessions{s, again} {
		if !table.ownedBy("a/r", a) || table.ownedBy("b/r", a) || table.ownedBy("b/r", b) || table.used.Len() != 3 {
			t.Errorf("sessions %d and %d of %d: a owns its own %t, b owns a's %t, b's first is left %t",
				a, b, table.used.Len(), table.ownedBy("a/r", a), table.ownedBy("b/r", a), table.ownedBy("b/r", b))
		}
	}
	if s.digest() != again.digest() {
		t.Error("the restored table differs")
	}
}
