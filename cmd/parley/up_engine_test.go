package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/internal/cluster"
)

// A directory that one engine has filled is refused to another, which could not read
// it; one that nobody has filled yet is anybody's.
func TestUpRefusesTheDirectoryOfAnotherEngine(t *testing.T) {
	dir := t.TempDir()
	configs := []*cluster.Config{{Name: "a", Data: filepath.Join(dir, "a")}}
	claim := func(engine string) error { return (&upFlags{data: dir, engine: engine}).claim(configs) }
	for _, engine := range []string{"raft", "vr", "vr"} {
		if err := claim(engine); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(configs[0].Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(configs[0].Data, "log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := claim("vr"); err != nil {
		t.Error(err)
	}
	if err := claim("raft"); err == nil || !strings.Contains(err.Error(), "start it with --engine vr") {
		t.Errorf("raft is given vr's directory: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, engineMark)); err != nil {
		t.Fatal(err)
	}
	if err := claim("raft"); err != nil {
		t.Errorf("a directory of before engines were named: %v", err)
	}
}
