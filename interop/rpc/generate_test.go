//go:build interop

package rpc_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const root = "../.."

// plugin builds protoc-gen-parley and returns its directory.
func plugin(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	run(t, root, nil, "go", "build", "-o", filepath.Join(dir, "protoc-gen-parley"), "./cmd/protoc-gen-parley")
	return dir
}

func run(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// protoc runs the plugin on bank.proto.
func protoc(t *testing.T, out string) {
	t.Helper()
	_, err := exec.LookPath("protoc")
	need(t, "protoc (Debian: protobuf-compiler)", err)
	path := "PATH=" + plugin(t) + string(filepath.ListSeparator) + os.Getenv("PATH")
	run(t, root, []string{path}, "protoc", "-I", "serve/rpc/bank", "-I", "cmd/protoc-gen-parley",
		"--parley_out="+out, "--parley_opt=paths=source_relative", "bank.proto")
}

// What is checked in is what the plugin makes of bank.proto.
func TestTheStubsOfTheExampleAreFresh(t *testing.T) {
	out := t.TempDir()
	protoc(t, out)
	for _, name := range []string{"bank.parley.go", "bank_tcp.parley.go"} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(root, "serve/rpc/bank", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("serve/rpc/bank/%s is not what protoc-gen-parley makes of bank.proto\n\trun: go generate ./serve/rpc/bank", name)
		}
	}
}

// A program of another module, with nothing but a .proto and the plugin, compiles.
func TestStubsCompileInAModuleOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
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
	// The same versions, so that nothing is asked of the network that is not here already.
	gomod = bytes.Replace(gomod, []byte("module github.com/parleysystems/parley\n"), []byte("module example.org/teller\n\n"+
		"require github.com/parleysystems/parley v0.0.0\n\nreplace github.com/parleysystems/parley => "+absolute+"\n"), 1)
	for name, text := range map[string][]byte{"go.mod": gomod, "go.sum": gosum, "main.go": []byte(teller)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "bank"), 0o700); err != nil {
		t.Fatal(err)
	}
	protoc(t, filepath.Join(dir, "bank"))
	run(t, dir, []string{"GOFLAGS=-mod=mod"}, "go", "vet", "./...")
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
