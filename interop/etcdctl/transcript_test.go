//go:build interop

package etcdctl_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

var update = flag.Bool("update", false, "record the transcripts anew, from the store that runs")

func TestMain(m *testing.M) { hosts.Main(m) }

// TestTranscripts: etcdctl prints for this store, byte for byte, what it printed
// for etcd.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(start(t), string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("%s differs:\n%s", file, difference(string(want), got))
			}
		})
	}
}

// replay runs the commands of a transcript and returns it with what they print
// this time.
func replay(c *ctl, transcript string) string {
	var out strings.Builder
	n := 0
	lines := strings.Split(strings.TrimRight(transcript, "\n"), "\n")
	for len(lines) > 0 {
		line := lines[0]
		lines = lines[1:]
		switch {
		case strings.HasPrefix(line, "#"), line == "" && out.Len() == 0:
			fmt.Fprintln(&out, line)
		case strings.HasPrefix(line, "$ "):
			fmt.Fprintln(&out, line)
			var input strings.Builder
			for len(lines) > 0 && strings.HasPrefix(lines[0], "<") {
				fmt.Fprintln(&out, lines[0])
				fmt.Fprintln(&input, strings.TrimPrefix(strings.TrimPrefix(lines[0], "<"), " "))
				lines = lines[1:]
			}
			out.WriteString(c.shell(n%3, line[2:], input.String()))
			n++
		}
	}
	return out.String()
}

// difference shows the first line that differs, and the command it belongs to.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	command := ""
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d, of %s\nwant %s\ngot  %s\n\nall of it:\n%s", i+1, command, a, b, got)
		}
		if strings.HasPrefix(a, "$ ") {
			command = a
		}
	}
	return "in nothing"
}

// ctl runs etcdctl against a cluster and gives names to what differs from run to
// run.
type ctl struct {
	*hosts.Cluster
	t   *testing.T
	ids []string // ID1 is ids[0]
}

func start(t *testing.T) *ctl {
	t.Helper()
	return startWith(t, 0)
}

// startWith starts hosts whose stores have a quota of that many bytes.
func startWith(t *testing.T, quota int64) *ctl {
	t.Helper()
	if _, err := exec.LookPath("etcdctl"); err != nil {
		if os.Getenv("PARLEY_ETCDCTL") == "required" {
			t.Fatal(err)
		}
		t.Skip("no etcdctl on this machine (Debian: apt install etcd-client)")
	}
	c := hosts.New(t)
	c.Quota = quota
	for _, h := range c.Hosts {
		h.Start()
	}
	c.AwaitReady()
	return &ctl{Cluster: c, t: t}
}

// command returns etcdctl with those arguments, in a shell, for those hosts.
func (c *ctl) command(endpoints, args string) *exec.Cmd {
	for i := len(c.ids) - 1; i >= 0; i-- {
		args = strings.ReplaceAll(args, fmt.Sprintf("ID%d", i+1), c.ids[i])
	}
	cmd := exec.Command("sh", "-c", "exec 2>&1; exec etcdctl "+args)
	if strings.ContainsAny(args, "|;") {
		cmd.Args[2] = "exec 2>&1; etcdctl " + args
	}
	cmd.Env = append(os.Environ(), "ETCDCTL_API=3", "ETCDCTL_ENDPOINTS="+endpoints)
	return cmd
}

// shell returns what a command prints, without what differs from run to run.
func (c *ctl) shell(host int, args, stdin string) string {
	cmd := c.command(c.Hosts[host].Client, args)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	text := c.normal(out)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		text += fmt.Sprintf("exit %d\n", exit.ExitCode())
	} else if err != nil {
		c.t.Fatal(err)
	}
	return text
}

var (
	hexID     = regexp.MustCompile(`\b[0-9a-f]{13,16}\b`)
	varying   = regexp.MustCompile(`"(cluster_id|member_id|raft_term|ClusterID|MemberID|RaftTerm)"( ?: ?)\d+`)
	took      = regexp.MustCompile(`took = \S+`)
	remaining = regexp.MustCompile(`remaining\(\d+s\)`)
	logLine   = regexp.MustCompile(`(?m)^\{"level".*\n`)
)

func (c *ctl) normal(out []byte) string {
	out = bytes.ReplaceAll(logLine.ReplaceAll(out, nil), []byte("\r"), nil)
	out = varying.ReplaceAll(out, []byte(`"$1"${2}N`))
	out = took.ReplaceAll(out, []byte("took = N"))
	out = remaining.ReplaceAll(out, []byte("remaining(Ns)"))
	for _, h := range c.Hosts {
		out = bytes.ReplaceAll(out, []byte(h.Client), []byte(h.Name+":client"))
		out = bytes.ReplaceAll(out, []byte(h.Peer), []byte(h.Name+":peer"))
	}
	text := string(hexID.ReplaceAllFunc(out, c.name))
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

func (c *ctl) name(id []byte) []byte {
	for i, known := range c.ids {
		if known == string(id) {
			return fmt.Appendf(nil, "ID%d", i+1)
		}
	}
	c.ids = append(c.ids, string(id))
	return fmt.Appendf(nil, "ID%d", len(c.ids))
}
