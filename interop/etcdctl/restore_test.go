//go:build interop

package etcdctl_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// A snapshot of ours, restored by etcd's tools, is a member of etcd's that answers
// what we answer: now, at an older revision, and about leases.
func TestEtcdGoesOnFromASnapshot(t *testing.T) {
	etcd := os.Getenv("PARLEY_ETCD")
	if etcd == "" {
		t.Skip("PARLEY_ETCD does not name a server of etcd (Debian: etcd-server)")
	}
	c := start(t)
	c.run(c.Hosts[0], "lease grant 600")
	lease := strings.Fields(c.run(c.Hosts[0], "lease list"))
	for i := range 20 {
		c.run(c.Hosts[i%3], fmt.Sprintf("put k%d %d --lease=%s", i%7, i, lease[len(lease)-1]))
	}
	c.run(c.Hosts[1], "del k3")
	c.run(c.Hosts[1], "compact 5")
	file := filepath.Join(t.TempDir(), "snapshot.db")
	c.run(c.Hosts[2], "snapshot save "+file)

	theirs := c.restored(etcd, file)
	for _, question := range []string{
		`get "" --prefix`, `get "" --prefix --rev=12`, "get k3 --rev=20", "get k3 --rev=4 2>&1 | grep -o '^Error: .*'", "lease list",
		"lease timetolive --keys " + lease[len(lease)-1] + " | sed 's/remaining([0-9]*s)//' | tr ' [])' '\\n' | sort",
	} {
		want, got := c.run(c.Hosts[0], question), c.ask(theirs, question)
		if got != want {
			t.Errorf("%s: etcd says\n%swe say\n%s", question, got, want)
		}
	}
	if out := c.ask(theirs, "put k3 again"); out != "OK\n" {
		t.Errorf("a write to the restored member: %s", out)
	}
}

// restored returns the endpoint of an etcd that goes on from a snapshot.
func (c *ctl) restored(etcd, file string) string {
	t := c.t
	dir := filepath.Join(t.TempDir(), "member")
	client, peer := "http://"+freePort(t), "http://"+freePort(t)
	initial := fmt.Sprintf("--name m --initial-cluster m=%s --initial-advertise-peer-urls %s", peer, peer)
	if out, err := c.command("", "snapshot restore "+file+" --data-dir "+dir+" "+initial).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	server := exec.Command(etcd, "--name", "m", "--data-dir", dir, "--listen-client-urls", client,
		"--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
		"--initial-cluster", "m="+peer)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	server.Stdout, server.Stderr = log, log
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it runs until somebody ends it
		_ = server.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("etcd:\n%s", text)
		}
	})
	hosts.Await(t, "the restored member", func() bool { return c.command(client, "endpoint health").Run() == nil })
	return client
}

func (c *ctl) ask(endpoint, args string) string {
	out, err := c.command(endpoint, args).CombinedOutput()
	if err != nil && len(out) == 0 {
		c.t.Fatalf("etcdctl %s: %v", args, err)
	}
	return string(out)
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
