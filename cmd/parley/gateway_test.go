package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// initLiars writes a cluster of four hosts on this machine whose engine is pbft.
func initLiars(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "cluster")
	parley(t, "init", "--hosts", "a=127.0.0.1,b=127.0.0.1,c=127.0.0.1,d=127.0.0.1", "--dir", dir, "--http", "").expect(t, 0, "host d")
	ports, chosen := freePorts(t, 8), map[string]string{} // those that init chose may be in use
	address := regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)
	for _, name := range []string{"a", "b", "c", "d"} {
		file := filepath.Join(dir, name, "parley.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = address.ReplaceAllFunc(text, func(found []byte) []byte {
			if chosen[string(found)] == "" {
				chosen[string(found)] = fmt.Sprint("127.0.0.1:", ports[len(chosen)])
			}
			return []byte(chosen[string(found)])
		})
		if err := os.WriteFile(file, append(text, "engine: pbft\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A gateway with the client's certificate that init wrote, between etcd's client and
// hosts that speak TLS to one another.
func TestAGatewayStandsOnTheClientsSide(t *testing.T) {
	dir := initLiars(t)
	config := func(name string) string { return filepath.Join(dir, name, "parley.yaml") }
	var hosts []*process
	for _, name := range []string{"a", "b", "c", "d"} {
		hosts = append(hosts, start(t, "serve", "--config", config(name)))
	}
	parley(t, "gateway", "--config", config("a")).expect(t, 1, "demands certificates")
	parley(t, "gateway", "--config", config("a"), "--key", "client.key").expect(t, 2, "belong together")
	door := fmt.Sprint("127.0.0.1:", freePorts(t, 1)[0])
	p := start(t, "gateway", "--config", config("a"), "--client", door, "--data", filepath.Join(dir, "gateway"),
		"--certificate", filepath.Join(dir, "client.crt"), "--key", filepath.Join(dir, "client.key"))
	p.await(regexp.MustCompile("^what it answers, 2 of the 4 hosts have said"))
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{door}, DialTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// Hosts that have just been started may take longer than a door waits for them.
	for began := time.Now(); ; {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := c.Put(ctx, "greeting", "hello")
		cancel()
		if err == nil {
			break
		}
		if time.Since(began) > 3*patience {
			t.Fatal(err)
		}
	}
	expectValue(t, c, "greeting", "hello")
	for _, p := range append(hosts, p) {
		if status := p.stop(syscall.SIGTERM); status != 0 {
			t.Errorf("SIGTERM ends it with status %d, want 0\n%s", status, p.output())
		}
	}
}

func TestOnlyPBFTsClientsNeedAGateway(t *testing.T) {
	dir, _ := initCluster(t)
	parley(t, "gateway", "--config", filepath.Join(dir, "a", "parley.yaml")).expect(t, 1, "the engine of cluster parley is raft")
}
