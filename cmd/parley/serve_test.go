package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/serve/host"
)

// initCluster writes a cluster of three hosts on this machine.
func initCluster(t *testing.T) (dir string, configs []*cluster.Config) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "cluster")
	r := parley(t, "init", "--hosts", "a=127.0.0.1,b=127.0.0.1,c=127.0.0.1", "--dir", dir, "--http", "")
	r.expect(t, 0, "host a", "parley serve --config", "etcdctl")
	// The ports that init chose may be in use where the tests run.
	ports := freePorts(t, 6)
	for _, name := range upNames("raft") {
		file := filepath.Join(dir, name, "parley.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		replaced := string(text)
		for i, port := range []string{":2379", ":2380", ":22379", ":22380", ":32379", ":32380"} {
			replaced = strings.ReplaceAll(replaced, `127.0.0.1`+port+`"`, `127.0.0.1:`+ports[i]+`"`)
		}
		if err := os.WriteFile(file, []byte(replaced), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := cluster.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, c)
	}
	return dir, configs
}

func TestServeRunsWhatInitWroteForHoldersOfCertificatesOnly(t *testing.T) {
	dir, configs := initCluster(t)
	var processes []*process
	for _, c := range configs {
		processes = append(processes, start(t, "serve", "--config", filepath.Join(dir, c.Name, "parley.yaml")))
	}
	for i, p := range processes {
		p.await(regexp.MustCompile("^host " + configs[i].Name + "  (leader|follower) +clients "))
	}

	credentials, err := live.LoadCredentials(dir+"/client.crt", dir+"/client.key", dir+"/ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	dial := func(certificates ...tls.Certificate) (*clientv3.Client, error) {
		return clientv3.New(clientv3.Config{
			Endpoints: []string{"https://" + configs[0].Self().Client}, DialTimeout: patience,
			TLS: &tls.Config{RootCAs: credentials.Authority, Certificates: certificates},
		})
	}
	c, err := dial(credentials.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	put(t, c, "greeting", "hello")
	expectValue(t, c, "greeting", "hello")

	stranger, err := tls.Dial("tcp", configs[0].Self().Client, &tls.Config{RootCAs: credentials.Authority, MaxVersion: tls.VersionTLS12})
	if err == nil {
		stranger.Close()
		t.Error("a client without a certificate was let in")
	}
	for _, p := range processes {
		if status := p.stop(syscall.SIGTERM); status != 0 {
			t.Errorf("SIGTERM ends it with status %d, want 0\n%s", status, p.output())
		}
	}
}

func TestServeNamesTheLineOfABadConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "parley.yaml")
	text := "cluster: demo\nname: a\ndata: data\nhosts:\n  - name: a\n    peer: 127.0.0.1\n    client: 127.0.0.1:2379\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	parley(t, "serve", "--config", file).expect(t, 1, file+": line 6: hosts.0.peer")
	parley(t, "serve", "--config", file+".missing").expect(t, 1, "no such file")
}

func TestServeNamesThePortOrDirectoryInUse(t *testing.T) {
	_, configs := initCluster(t)
	dir := filepath.Dir(configs[0].Data)
	first := start(t, "serve", "--config", dir+"/parley.yaml", "--verbose")
	first.await(regexp.MustCompile("listen|opened|recovered|connection"))
	parley(t, "serve", "--config", dir+"/parley.yaml").expect(t, 1,
		fmt.Sprintf("peer port %s is in use", configs[0].Self().Peer), "change hosts or listen in the configuration")
}

func TestClientsBeyondLoopbackNeedCredentials(t *testing.T) {
	all, err := listen("client", "0.0.0.0:0", "")
	if err != nil {
		t.Fatal(err)
	}
	peer, err := listen("peer", "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = host.Open(host.Config{
		Name: "a", Dir: t.TempDir(), Members: []host.Member{{Name: "a"}}, Client: all, Peer: peer,
	})
	if err == nil || !strings.Contains(err.Error(), live.ErrNeedCredentials.Error()) {
		t.Errorf("got error %v, want one that asks for credentials", err)
	}
	if _, err := all.Accept(); err == nil {
		t.Error("the port stayed open")
	}
}
