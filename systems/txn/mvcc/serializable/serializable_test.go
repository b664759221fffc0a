package serializable_test

import (
	"errors"
	"testing"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc/serializable"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, tx scheme.Txn, key string) {
	t.Helper()
	_, _, err := tx.Get([]byte(key))
	must(t, err)
}

func write(t *testing.T, tx scheme.Txn, key string) {
	t.Helper()
	must(t, tx.Put([]byte(key), []byte("v")))
}

// Who has committed is remembered as long as somebody runs beside it (C3), but no more
// than allowed.
func TestWhoRanBesideNobodyIsForgotten(t *testing.T) {
	s := serializable.New(memory.New(), serializable.Options{Kept: 3})
	old := s.Begin(scheme.Options{})
	read(t, old, "other")
	for i := range 5 {
		tx := s.Begin(scheme.Options{})
		write(t, tx, "k")
		must(t, tx.Commit())
		if want := []int{1, 2, 3, 0, 0}[i]; s.Remembered() != want {
			t.Errorf("after %d commits %d are remembered, want %d", i+1, s.Remembered(), want)
		}
	}
	var abort *scheme.Abort
	if err := old.Commit(); !errors.As(err, &abort) || s.Stats().TooOld != 1 {
		t.Errorf("the oldest commits: %v", err)
	}
	must(t, old.Abort())
}

// Beside a reader whose snapshot is safe nothing is remembered of it; one that began
// beside a writer is not safe.
func TestSafeSnapshots(t *testing.T) {
	s := serializable.New(memory.New(), serializable.Options{})
	safe := s.Begin(scheme.Options{ReadOnly: true})
	read(t, safe, "x")
	writer := s.Begin(scheme.Options{})
	read(t, writer, "x")
	unsafe := s.Begin(scheme.Options{ReadOnly: true})
	read(t, unsafe, "x")
	if got := s.Stats().Safe; got != 1 {
		t.Fatalf("%d snapshots are safe", got)
	}
	write(t, writer, "x")
	must(t, writer.Commit())
	must(t, safe.Commit())
	must(t, unsafe.Commit())
	if s.Remembered() != 0 {
		t.Errorf("%d are remembered", s.Remembered())
	}
}

// A reader who began before T3 committed makes nothing dangerous: the read-only
// optimisation.
func TestAReaderBeforeTheThirdIsHarmless(t *testing.T) {
	for _, before := range []bool{true, false} {
		s := serializable.New(memory.New(), serializable.Options{})
		second, third := s.Begin(scheme.Options{}), s.Begin(scheme.Options{})
		reader := s.Begin(scheme.Options{ReadOnly: true})
		read(t, second, "x")
		if before {
			read(t, reader, "y")
		}
		write(t, third, "x")
		must(t, third.Commit())
		read(t, reader, "y")
		write(t, second, "y")
		err := second.Commit()
		var abort *scheme.Abort
		if errors.As(err, &abort) == before {
			t.Errorf("the reader began before the third committed: %v; the second's commit: %v", before, err)
		}
	}
}

// Two conflicts in a row whose third commits last are let through.
func TestTheThirdHasToCommitFirst(t *testing.T) {
	s := serializable.New(memory.New(), serializable.Options{})
	first, second, third := s.Begin(scheme.Options{}), s.Begin(scheme.Options{}), s.Begin(scheme.Options{})
	read(t, first, "a")
	read(t, second, "b")
	read(t, third, "c")
	write(t, first, "d")
	must(t, first.Commit())
	write(t, second, "a")
	must(t, second.Commit())
	write(t, third, "b")
	must(t, third.Commit())
	if got := s.Stats().Pivots + s.Stats().Firsts; got != 0 {
		t.Errorf("%d were aborted", got)
	}
}
