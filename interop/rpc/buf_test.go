//go:build interop

package rpc_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// blocks returns the blocks of code of the manual that are of a language.
func blocks(t *testing.T, language string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/calls.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(text), "\n```"+language+"\n")[1:] {
		code, _, _ := strings.Cut(part, "\n```")
		all = append(all, code)
	}
	return all
}

// block returns the one that contains a text.
func block(t *testing.T, language, text string) string {
	t.Helper()
	for _, b := range blocks(t, language) {
		if strings.Contains(b, text) {
			return b
		}
	}
	t.Fatalf("docs/calls.md has no block of %s with %q", language, text)
	return ""
}

// project makes a directory that has bank.proto, as a reader of the manual would have it.
func project(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	text, err := os.ReadFile(filepath.Join(root, "serve/rpc/bank/bank.proto"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bank.proto"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, []string{"PATH=" + plugin(t) + string(filepath.ListSeparator) + os.Getenv("PATH")}
}

// fresh demands that a directory has the stubs that are checked in.
func fresh(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"bank.parley.go", "bank_tcp.parley.go"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(root, "serve/rpc/bank", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what is checked in", name)
		}
	}
}

// The manual's commands for protoc, as they stand, but for the plugin's installation.
func TestTheManualsCommandsMakeTheStubs(t *testing.T) {
	_, err := exec.LookPath("protoc")
	need(t, "protoc (Debian: protobuf-compiler)", err)
	install, commands, _ := strings.Cut(block(t, "sh", "--parley_out"), "\n")
	if !strings.HasPrefix(install, "go install ") {
		t.Fatalf("the first command is %q", install)
	}
	dir, env := project(t)
	run(t, dir, env, commands, "bash", "-e")
	fresh(t, dir)
}

// The manual's files for buf, as they stand. Without buf the test is skipped, unless
// PARLEY_BUF=required.
func TestTheManualsFilesForBufMakeTheStubs(t *testing.T) {
	if _, err := exec.LookPath("buf"); err != nil {
		if os.Getenv("PARLEY_BUF") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir, env := project(t)
	for name, text := range map[string]string{"buf.yaml": "modules:", "buf.gen.yaml": "plugins:"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(block(t, "yaml", text)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, append(env, "HOME="+t.TempDir()), "protoc-gen-parley -proto proto\nbuf generate\n", "bash", "-e")
	fresh(t, dir)
}
