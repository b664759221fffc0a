package main

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// asParley makes this test binary behave as parley itself, so that the tests
// run what users run: a process, with arguments, signals and an exit status.
const asParley = "PARLEY_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asParley) != "" {
		registerSamples()
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// registerSamples adds experiments whose verdicts are known.
func registerSamples() {
	for name, verdict := range map[string]check.Verdict{"holds": check.OK, "fails": check.Violation, "wonders": check.Unknown} {
		experiment.Register(&experiment.Experiment{
			System: "sample", Name: name, Question: "What does parley check make of a verdict?", Hosts: "0",
			Params: []experiment.Param{{Name: "size", Kind: experiment.Int, Doc: "of nothing"}},
			Run: func(seed uint64, o experiment.Options) experiment.Result {
				r := experiment.Result{Verdict: check.OK, Hash: seed, Plan: "at 1s crash a\nat 2s crash b"}
				if o.Plan != nil {
					r.Plan = *o.Plan
				}
				if seed == 3 && strings.Contains(r.Plan, "crash b") {
					r.Verdict, r.Violation = verdict, "it is seed three"
				}
				return r
			},
		})
	}
	experiment.Register(&experiment.Experiment{
		System: "sample-deaf", Name: "fails", Question: "What of a failing run whose smaller form hangs?", Hosts: "0",
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			if o.Plan != nil {
				select {} // and does not heed its context
			}
			return experiment.Result{Verdict: check.Violation, Violation: "it always fails", Plan: "at 1s crash a"}
		},
	})
	experiment.Register(&experiment.Experiment{
		System: "sample-long", Name: "fails", Question: "What of a plan that fills the screen?", Hosts: "0",
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			r := experiment.Result{Verdict: check.OK, Hash: seed, Plan: strings.Repeat("at 1s crash a\n", 3*mostPlanLines)}
			if o.Plan != nil {
				r.Plan = *o.Plan
			}
			if strings.Count(r.Plan, "crash") > mostPlanLines {
				r.Verdict, r.Violation = check.Violation, "there are too many faults"
			}
			return r
		},
	})
	experiment.Register(&experiment.Experiment{
		System: "unreached", Name: "state", Question: "What of a state that no run reaches?", Hosts: "0",
		Sometimes: []string{"a blue moon"}, Enough: 2,
		Run: func(seed uint64, _ experiment.Options) experiment.Result {
			return experiment.Result{Verdict: check.OK, Hash: seed}
		},
	})
}

func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asParley+"=1")
	return cmd
}

// result is how a process ended.
type result struct {
	stdout, stderr string
	status         int
}

// parley runs a command line to its end.
func parley(t *testing.T, args ...string) result {
	t.Helper()
	cmd := command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the status is looked at below
	if cmd.ProcessState == nil {
		t.Fatalf("parley %q did not start", args)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

func (r result) expect(t *testing.T, status int, texts ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exit status %d, want %d\n%s%s", r.status, status, r.stdout, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stdout+r.stderr, text) {
			t.Errorf("nothing says %q:\n%s%s", text, r.stdout, r.stderr)
		}
	}
}

// process is a parley that goes on running.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}

	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and replaced with every line
}

const patience = time.Minute

// start runs a command line in the background, until the test ends.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: command(args...), ended: make(chan struct{}), changed: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go p.read(r)
	t.Cleanup(p.kill)
	return p
}

// read collects lines until every process that has the pipe has ended.
func (p *process) read(r *os.File) {
	for s := bufio.NewScanner(r); s.Scan(); {
		p.mu.Lock()
		p.lines = append(p.lines, s.Text())
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	}
	_ = p.cmd.Wait() // the status is looked at where it matters
	close(p.ended)
}

// await returns the first line that matches.
func (p *process) await(re *regexp.Regexp) string {
	p.t.Helper()
	deadline := time.After(patience)
	for over := false; ; {
		p.mu.Lock()
		lines, changed := p.lines, p.changed
		p.mu.Unlock()
		if i := slices.IndexFunc(lines, re.MatchString); i >= 0 {
			return lines[i]
		}
		if over {
			p.t.Fatalf("no line matches %v:\n%s", re, p.output())
		}
		select {
		case <-changed:
		case <-p.ended:
			over = true // but for what came just before
		case <-deadline:
			over = true
		}
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// stop sends a signal and returns the exit status.
func (p *process) stop(s syscall.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("still running after %v:\n%s", s, p.output())
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// nextPort walks through ports below those that systems give to outgoing
// connections (from 32768 on Linux, 49152 on macOS): one of these could take a
// host's port while it is down. Test binaries that run at once begin apart.
var nextPort = 10000 + os.Getpid()*37%18000

// freePorts returns ports in a row that nobody listens on at the moment.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	for range 1000 {
		first := nextPort
		if nextPort += n; nextPort > 32000 {
			nextPort = 10000
		}
		if ports := allFree(first, n); ports != nil {
			return ports
		}
	}
	t.Fatalf("no %d free ports in a row", n)
	return nil
}

func allFree(first, n int) (ports []string) {
	for i := range n {
		port := strconv.Itoa(first + i)
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			return nil
		}
		l.Close()
		ports = append(ports, port)
	}
	return ports
}
