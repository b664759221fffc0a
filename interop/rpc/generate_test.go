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

const root = "../.."

// plugins is where protoc-gen-parley was built; TestMain removes it.
var plugins string

// plugin builds protoc-gen-parley, once, and returns its directory.
func plugin(t *testing.T) string {
	t.Helper()
	if plugins == "" {
		dir, err := os.MkdirTemp("", "parley-plugin-")
		if err != nil {
			t.Fatal(err)
		}
		plugins = dir
	}
	program := filepath.Join(plugins, "protoc-gen-parley")
	if _, err := os.Stat(program); err != nil {
		run(t, root, nil, "", "go", "build", "-o", program, "./cmd/protoc-gen-parley")
	}
	return plugins
}

// run returns what a program writes.
func run(t *testing.T, dir string, env []string, in string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stdin, c.Stderr = dir, append(os.Environ(), env...), strings.NewReader(in), t.Output()
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// protoc runs the plugin on files of a directory.
func protoc(t *testing.T, out, option, dir string, files ...string) {
	t.Helper()
	_, err := exec.LookPath("protoc")
	need(t, "protoc (Debian: protobuf-compiler)", err)
	path := "PATH=" + plugin(t) + string(filepath.ListSeparator) + os.Getenv("PATH")
	args := []string{"-I", dir, "-I", filepath.Join(root, "cmd/protoc-gen-parley"), "--parley_out=" + out, "--parley_opt=" + option}
	run(t, ".", []string{path}, "", "protoc", append(args, files...)...)
}

// What is checked in is what the plugin makes of bank.proto.
func TestTheStubsOfTheExampleAreFresh(t *testing.T) {
	out := t.TempDir()
	protoc(t, out, "paths=source_relative", filepath.Join(root, "serve/rpc/bank"), "bank.proto")
	if fresh(t, out); t.Failed() {
		t.Log("run: go generate ./serve/rpc/bank")
	}
}

// module makes a directory with a module of its own, which has our versions of all
// dependencies, so that nothing is asked of the network that is not here already.
func module(t *testing.T, name, program string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	gosum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	gomod = bytes.Replace(gomod, []byte("module github.com/parleysystems/parley\n"), []byte("module "+name+"\n\n"+
		"require github.com/parleysystems/parley v0.0.0\n\nreplace github.com/parleysystems/parley => "+absolute+"\n"), 1)
	for name, text := range map[string][]byte{"go.mod": gomod, "go.sum": gosum, "main.go": []byte(program)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A program of another module, with nothing but a .proto and the plugin, compiles.
func TestStubsCompileInAModuleOfTheirOwn(t *testing.T) {
	dir := module(t, "example.org/teller", teller)
	if err := os.Mkdir(filepath.Join(dir, "bank"), 0o700); err != nil {
		t.Fatal(err)
	}
	protoc(t, filepath.Join(dir, "bank"), "paths=source_relative", filepath.Join(root, "serve/rpc/bank"), "bank.proto")
	run(t, dir, []string{"GOFLAGS=-mod=mod"}, "", "go", "vet", "./...")
}

const teller = `// Command teller books a cent.
package main

import (
	"context"
	"fmt"

	"example.org/teller/bank"
	door "github.com/parleysystems/parley/serve/rpc"
)

func main() {
	c, err := door.Dial(door.ClientConfig{Address: "127.0.0.1:7500"})
	if err != nil {
		panic(err)
	}
	fmt.Println(bank.NewAccountsTCPClient(c).Book(context.Background(), &bank.Order{Account: "ann", Cents: 1}))
}
`

// Messages of every type of field, in packages that import each other, have the bytes
// that Google's library reads and writes.
func TestEveryTypeHasTheBytesOfProtobuf(t *testing.T) {
	program, err := os.ReadFile("testdata/every/main.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := module(t, "example.org/every", string(program))
	protoc(t, dir, "module=example.org/every", "testdata/every", "tree.proto", "money.proto")
	ours := run(t, dir, []string{"GOFLAGS=-mod=mod"}, "", "go", "run", ".")
	library, python := library(t, "testdata/every", "tree.proto", "money.proto")
	script, err := filepath.Abs("testdata/every/again.py")
	if err != nil {
		t.Fatal(err)
	}
	theirs := run(t, dir, []string{"PYTHONPATH=" + library, "PYTHONDONTWRITEBYTECODE=1"}, ours, python, script)
	if theirs != ours || len(ours) < 100 {
		t.Errorf("ours is\n%sPython makes of it\n%s", ours, theirs)
	}
}
