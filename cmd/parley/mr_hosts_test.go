package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/internal/cluster"
)

// Hosts of a store work for jobs, as far as their owner lets them.
func TestTheHostsOfUpWorkForJobs(t *testing.T) {
	data := t.TempDir()
	in := filepath.Join(data, "in.txt")
	if err := os.WriteFile(in, []byte("to be or\nnot to be\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"--procs=false", "--procs"} {
		t.Run(mode, func(t *testing.T) {
			u := startUp(t, t.TempDir(), "--jobs", data, mode)
			u.roles(t)
			var hosts []cluster.Host
			for i, name := range upNames("raft") {
				hosts = append(hosts, cluster.Host{Name: name, Peer: u.peers[i]})
			}
			workers := workersOf(hosts)
			parley(t, "mr", "wordcount", "--cluster", "up", "--workers", workers, in).
				expect(t, 0, "be\t2\nnot\t1\nor\t1\nto\t2\n", "3 workers; 0 were lost")
			parley(t, "mr", "stream", "--mapper", "cat", "--cluster", "up", "--workers", workers, in).
				expect(t, 1, "this worker runs no shell commands for others")
			parley(t, "mr", "wordcount", "--cluster", "up", "--workers", workers, "mr.go").
				expect(t, 1, "mr.go: this worker reads files below "+data+" only")
			if body := get(t, "http://"+u.page+"/"); !strings.Contains(body, `href="jobs/"`) {
				t.Errorf("the console does not lead to jobs: %s", body)
			}
			if body := get(t, "http://"+u.page+"/jobs/state"); !strings.Contains(body, "No job runs on these hosts") {
				t.Errorf("the page of jobs says %s", body)
			}
			put(t, client(t, u.clients[0]), "greeting", "hello") // the store goes on
			if status := u.stop(syscall.SIGINT); status != 0 {
				t.Errorf("Ctrl-C ends it with status %d\n%s", status, u.output())
			}
		})
	}
}
