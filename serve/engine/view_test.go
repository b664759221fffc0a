package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/parleysystems/parley/serve/engine"
)

// A View shows its state however much is changed beside it, in one transaction or in
// many, while memory for that stays bounded; afterwards nothing is left of it.
func TestALongViewOutlivesWhateverIsChanged(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, &engine.Options{Memory: 2 << 20, Versions: 64 << 10})
	const rows = 3000
	fill := func(round int) {
		must(t, db.Update(func(tx *engine.Tx) error {
			for i := round % 2; i < rows; i += 2 {
				if err := tx.Put(row(i), fmt.Appendf(nil, "row %d of round %d, and something to make it longer", i, round)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	fill(0)
	view, err := db.Begin(false)
	must(t, err)
	_, found, err := view.Get(row(0))
	if must(t, err); !found {
		t.Fatal("row 0 is not there")
	}
	for round := 1; round < 6; round++ {
		fill(round)
	}
	must(t, db.Update(func(tx *engine.Tx) error {
		for i := range rows {
			if err := tx.Delete(row(i)); err != nil {
				return err
			}
		}
		return looks(view) // and in the midst of it
	}))
	must(t, looks(view))
	s := db.Stats()
	if s.Versions > 64<<10 || s.Spilled == 0 {
		t.Fatalf("%d bytes of versions in memory, %d on the disk", s.Versions, s.Spilled)
	}
	must(t, view.Rollback())
	put(t, db, "another", "commit")
	files, err := filepath.Glob(filepath.Join(dir, "pages", "versions", "*"))
	if must(t, err); len(files) > 0 || db.Stats().Spilled > 0 {
		t.Fatalf("%d files are left", len(files))
	}
}

func row(i int) []byte { return fmt.Appendf(nil, "%05d", i) }

// looks reads a View of the rows of round 0, in both directions.
func looks(view *engine.Tx) error {
	n := 0
	for key, value := range view.Ascend(nil, nil) {
		if want := fmt.Sprintf("row %d of round 0, and something to make it longer", 2*n); string(key) != string(row(2*n)) || string(value) != want {
			return fmt.Errorf("%s is %q, not %q", key, value, want)
		}
		n++
	}
	if view.Err() != nil || n != 1500 {
		return fmt.Errorf("%d rows: %w", n, view.Err())
	}
	for key := range view.Descend(nil, nil) {
		if n--; string(key) != string(row(2*n)) {
			return fmt.Errorf("%s where %s is due", key, row(2*n))
		}
	}
	return view.Err()
}

// What a process that was killed has left of versions goes at the next Open.
func TestVersionsOfAnEarlierProcessGo(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, dir, nil).Close())
	left := filepath.Join(dir, "pages", "versions", "7")
	must(t, os.MkdirAll(filepath.Dir(left), 0o700))
	must(t, os.WriteFile(left, []byte("garbage"), 0o600))
	open(t, dir, nil)
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Fatal(err)
	}
}
