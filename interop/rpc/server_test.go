//go:build interop

package rpc_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	door "github.com/parleysystems/parley/serve/rpc"
	"github.com/parleysystems/parley/serve/rpc/bank"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// dirVariable tells this program to be the bank, with its data there.
const dirVariable = "PARLEY_TEST_BANK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(dirVariable); dir != "" {
		fmt.Fprintln(os.Stderr, beTheBank(dir, os.Args[1]))
		os.Exit(1)
	}
	status := m.Run()
	if plugins != "" {
		_ = os.RemoveAll(plugins) // a leftover in the temporary directory hurts nobody
	}
	os.Exit(status)
}

// beTheBank serves until it is killed. It says where it listens, and writes a line
// into the file "till" for each banknote.
func beTheBank(dir, address string) error {
	till, err := os.OpenFile(filepath.Join(dir, "till"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	host, err := live.Open(live.Config{Name: "bank", Dir: filepath.Join(dir, "host")})
	if err != nil {
		return err
	}
	err = host.Serve("accounts", func() node.Node {
		return bank.NewServer(rpc.Config{Checkpoint: 50}, func(euros uint32) { fmt.Fprintln(till, euros) })
	})
	if err != nil {
		return err
	}
	d, err := door.Listen(door.Config{Host: host, Service: "accounts", Listen: address})
	if err != nil {
		return err
	}
	fmt.Println(d.Addr())
	<-host.Done()
	return host.Err()
}

// server is the bank's process, which can be killed and started again.
type server struct {
	t       *testing.T
	dir     string
	address string
	process *exec.Cmd
}

func startServer(t *testing.T) *server {
	s := &server{t: t, dir: t.TempDir(), address: "127.0.0.1:0"}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) start() {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.process = exec.Command(self, s.address)
	s.process.Env, s.process.Stderr = append(os.Environ(), dirVariable+"="+s.dir), os.Stderr
	out, err := s.process.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.t.Fatalf("the server does not say where it listens: %v", err)
	}
	s.address = strings.TrimSpace(line)
}

func (s *server) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait() // killed, as it should be
	}
	s.process = nil
}

// till returns how many banknotes were handed out.
func (s *server) till() int {
	b, err := os.ReadFile(filepath.Join(s.dir, "till"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Count(string(b), "\n")
}
