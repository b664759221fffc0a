package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	storage "github.com/parleysystems/parley/serve/engine"
)

// engineCommand runs "parley engine ..." and returns what it printed.
func engineCommand(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := newEngine()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("parley engine %s: %v\n%s", strings.Join(args, " "), err, &out)
	}
	return out.String()
}

// A database is looked at, verified, copied and restored by the command alone.
func TestEngineCommandLooksAfterADatabase(t *testing.T) {
	dir := t.TempDir()
	db, err := storage.Open(dir, &storage.Options{PageSize: 512, Memory: 64 * 512})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *storage.Tx) error {
		if err := tx.Put([]byte("long"), make([]byte, 2000)); err != nil {
			return err
		}
		return tx.Put([]byte("short"), []byte("value"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	backup, copied := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "copy")
	for _, step := range []struct {
		args string
		want []string
	}{
		{"inspect " + dir, []string{"512 bytes", "restart begins"}},
		{"inspect " + dir + " --page 1", []string{`"short" = "value"`, "2000 bytes from page"}},
		{"log " + dir, []string{"commit", "begin-checkpoint"}},
		{"verify " + dir, []string{"2 entries", "1 long values"}},
		{"inspect " + dir + " --page 0", []string{"the first free one is"}},
		{"backup " + dir + " " + backup + " --keep-log", nil},
		{"inspect " + dir, []string{"for the last backup"}},
		{"restore " + backup + " " + copied + " --log " + dir, nil},
		{"verify " + copied, []string{"2 entries"}},
	} {
		out := engineCommand(t, strings.Fields(step.args)...)
		for _, want := range step.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", step.args, want, out)
			}
		}
	}
}

// Who looks at a directory without a database leaves nothing there.
func TestEngineCommandMakesNoDatabase(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"inspect", dir}, {"verify", dir}, {"log", dir}, {"backup", dir, filepath.Join(dir, "copy")}, {"verify", filepath.Join(dir, "none")}} {
		parley(t, append([]string{"engine"}, args...)...).expect(t, 1, "holds no database")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// What is damaged, missing or another's is named, and the exit status says so.
func TestEngineCommandNamesWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	db, err := storage.Open(dir, &storage.Options{PageSize: 512, Memory: 64 * 512})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	backup, none := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "none")
	engineCommand(t, "backup", dir, backup)
	parley(t, "engine", "backup", dir, backup).expect(t, 1, "file exists")
	parley(t, "engine", "inspect", dir, "--page", "99").expect(t, 1, "page 99 is behind the end")
	parley(t, "engine", "restore", backup, dir).expect(t, 1, "has a database already")
	parley(t, "engine", "restore", backup, none, "--log", none+"2").expect(t, 1, "lost database's log")
	data := filepath.Join(dir, "pages", "data")
	b, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	b[512+100] ^= 1 // of the root
	// The copy of the last pages that were written would mend it.
	if err := errors.Join(os.WriteFile(data, b, 0o600), os.Truncate(filepath.Join(dir, "pages", "double"), 0)); err != nil {
		t.Fatal(err)
	}
	parley(t, "engine", "verify", dir).expect(t, 1, "damages found: 1")
	parley(t, "engine", "inspect", dir, "--page", "1").expect(t, 1, "page 1 of data is damaged")
}
