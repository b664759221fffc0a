//go:build interop

package rpc_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// need skips a test for which something is not installed.
func need(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv("PARLEY_PROTOC") == "required" {
		t.Fatalf("%s: %v", what, err)
	}
	t.Skipf("%s: %v", what, err)
}

// library is where protoc puts the Python code of the .proto files of a directory, with
// the options that they import, and the Python that has Google's library.
func library(t *testing.T, from string, files ...string) (dir, python string) {
	t.Helper()
	_, err := exec.LookPath("protoc")
	need(t, "protoc (Debian: protobuf-compiler)", err)
	for _, python = range []string{"/usr/bin/python3", "python3"} {
		if err = exec.Command(python, "-c", "import google.protobuf").Run(); err == nil {
			break
		}
	}
	need(t, "a Python with protobuf (Debian: python3-protobuf)", err)
	dir = t.TempDir()
	args := []string{"--python_out=" + dir, "-I", from, "-I", root + "/cmd/protoc-gen-parley", "-I", root + "/serve/rpc"}
	out, err := exec.Command("protoc", append(append(args, "parley/semantics.proto", "frames.proto"), files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("protoc: %v\n%s", err, out)
	}
	return dir, python
}

// said is a line of customer.py.
type said struct {
	Step, Kind, Text, Reason string
	N, Number, Calls, Had    int
	Doubt, Connections       int
	Status                   int
	Purpose                  bool
	Notes                    []int
	Cents                    json.RawMessage
}

// customer is a process of customer.py.
type customer struct {
	t       *testing.T
	process *exec.Cmd
	lines   *bufio.Scanner
}

func startCustomer(t *testing.T, address string, args ...string) *customer {
	t.Helper()
	dir, python := library(t, root+"/serve/rpc/bank", "bank.proto")
	scripts, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	c := &customer{t: t, process: exec.Command(python, append([]string{filepath.Join(scripts, "customer.py"), address}, args...)...)}
	c.process.Env, c.process.Stderr = append(os.Environ(), "PYTHONPATH="+dir, "PYTHONDONTWRITEBYTECODE=1"), os.Stderr
	out, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	c.lines = bufio.NewScanner(out)
	return c
}

// next returns what the customer says next, false if it is through.
func (c *customer) next() (s said, more bool) {
	c.t.Helper()
	if !c.lines.Scan() {
		return s, false
	}
	if err := json.Unmarshal(c.lines.Bytes(), &s); err != nil {
		c.t.Fatalf("%q: %v", c.lines.Text(), err)
	}
	return s, true
}

// end returns the last thing that the customer says.
func (c *customer) end() (last said) {
	c.t.Helper()
	for {
		s, more := c.next()
		if !more {
			break
		}
		last = s
	}
	if err := c.process.Wait(); err != nil {
		c.t.Fatalf("the customer, after %+v: %v", last, err)
	}
	c.process = nil
	return last
}

func (c *customer) kill() {
	if c.process != nil {
		_ = c.process.Process.Kill()
		_ = c.process.Wait() // killed, as it should be
	}
	c.process = nil
}

// Python's messages are ours, and our errors are clear in Python.
func TestPythonCallsWithEachPromise(t *testing.T) {
	s := startServer(t)
	c := startCustomer(t, s.address, "promises")
	steps := map[string]said{}
	for {
		line, more := c.next()
		if !more {
			break
		}
		steps[line.Step] = line
	}
	if b := steps["book"]; string(b.Cents) != "10000" || b.Kind != "KIND_SAVINGS" || !b.Purpose {
		t.Errorf("exactly once: %+v", b)
	}
	if l := steps["look"]; string(l.Cents) != "10000" {
		t.Errorf("at least once: %+v", l)
	}
	if d := steps["dispense"]; !slices.Equal(d.Notes, []int{50, 20, 10, 5}) || s.till() != 4 {
		t.Errorf("at most once: %+v, and %d banknotes were handed out", d, s.till())
	}
	var cents []int
	if err := json.Unmarshal(steps["many"].Cents, &cents); err != nil || len(cents) != 100 || cents[0] != 9900 || cents[99] != 9999 {
		t.Errorf("a hundred at the same time: %v, %v", cents, err)
	}
	for step, want := range map[string]int{"overdraft": 2, "no method": 3, "bad arguments": 4} {
		if got := steps[step]; got.Status != want || got.Text == "" {
			t.Errorf("%s: %+v, want status %d", step, got, want)
		}
	}
	if got := steps["connections"].N; got != 1 {
		t.Errorf("it took %d connections", got)
	}
	if r := steps["refused"].Reason; !strings.Contains(r, "version 9") {
		t.Errorf("a hello of another version is refused with %q", r)
	}
}

// The server is killed three times and the client twice. Each call that is in the
// client's journal was booked once.
func TestPythonIsKilledAndSoIsTheServerAndEachOrderIsBookedOnce(t *testing.T) {
	const orders = 400
	s := startServer(t)
	journal := filepath.Join(t.TempDir(), "journal")
	start := func() *customer { return startCustomer(t, s.address, "book", fmt.Sprint(orders), journal) }
	c := start()
	for _, at := range []struct {
		number int
		kill   func()
	}{
		{40, func() { s.kill(); s.start() }},
		{120, func() { c.kill(); c = start() }},
		{160, func() { s.kill(); s.start() }},
		{240, func() { c.kill(); c = start() }},
		{300, func() { s.kill(); s.start() }},
	} {
		c.reach(at.number)
		at.kill()
	}
	if end := c.end(); end.Step != "end" || end.Calls != orders || end.Connections < 2 {
		t.Errorf("the client ended with %+v", end)
	}
	if l := startCustomer(t, s.address, "look", "bob").end(); string(l.Cents) != fmt.Sprint(orders) {
		t.Errorf("%d cents were booked in as many calls, on the account are %s", orders, l.Cents)
	}
}

// reach reads until the customer has had the result of so many calls.
func (c *customer) reach(number int) {
	c.t.Helper()
	for {
		s, more := c.next()
		if !more {
			c.t.Fatalf("the customer ended before call %d", number)
		}
		if s.Number >= number {
			return
		}
	}
}

// The server is killed three times while it hands out banknotes. Whoever was told of
// one has one, and nobody has two.
func TestPythonReconnectsAndNoBanknoteIsHandedOutTwice(t *testing.T) {
	const asked = 400
	s := startServer(t)
	c := startCustomer(t, s.address, "dispense", fmt.Sprint(asked))
	for _, number := range []int{60, 160, 260} {
		c.reach(number)
		s.kill()
		s.start()
	}
	end := c.end()
	if end.Had+end.Doubt != asked || end.Connections < 4 {
		t.Errorf("the client ended with %+v", end)
	}
	if notes := s.till(); notes < end.Had || notes > asked {
		t.Errorf("%d banknotes were handed out, %d of %d calls had one as their result", notes, end.Had, asked)
	}
}
