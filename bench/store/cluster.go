package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// store is a program that can be started as three hosts.
type store struct {
	name  string
	start func(dir string) (*cluster, error)
}

// cluster is three running hosts; clients spread over them evenly.
type cluster struct {
	endpoints []string          // for clients
	peers     map[string]string // for Parley's own clients; nil if this is not Parley
	addresses []string          // all that is listened on
	processes []*exec.Cmd
}

func build(bin string, names []string) ([]store, error) {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	var stores []store
	for _, name := range names {
		program := filepath.Join(bin, name)
		s, command := parleyStore(program), goBuild("../..", program, "./cmd/parley")
		if name == "etcd" {
			s, command = etcdStore(program), goBuild(".", program, "go.etcd.io/etcd/server/v3")
		}
		if out, err := command.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		stores = append(stores, s)
	}
	return stores, nil
}

func goBuild(dir, output, pkg string) *exec.Cmd {
	c := exec.Command("go", "build", "-o", output, pkg)
	c.Dir = dir
	return c
}

func etcdStore(program string) store {
	return store{"etcd", func(dir string) (*cluster, error) {
		c := &cluster{}
		var peers []string
		for i := range 3 {
			peers = append(peers, fmt.Sprintf("h%d=http://127.0.0.1:%d", i, 24380+i))
		}
		for i := range 3 {
			client := fmt.Sprintf("http://127.0.0.1:%d", 24390+i)
			peer := fmt.Sprintf("http://127.0.0.1:%d", 24380+i)
			c.endpoints = append(c.endpoints, strings.TrimPrefix(client, "http://"))
			c.addresses = append(c.addresses, strings.TrimPrefix(client, "http://"), strings.TrimPrefix(peer, "http://"))
			name := fmt.Sprintf("h%d", i)
			if err := c.spawn(dir, name, program, "--name", name, "--data-dir", filepath.Join(dir, name),
				"--listen-client-urls", client, "--advertise-client-urls", client,
				"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
				"--initial-cluster", strings.Join(peers, ","), "--log-level", "error",
				"--quota-backend-bytes", "8589934592"); err != nil {
				c.stop()
				return nil, err
			}
		}
		return c, nil
	}}
}

func parleyStore(program string) store {
	return store{"parley", func(dir string) (*cluster, error) {
		c := &cluster{
			endpoints: []string{"127.0.0.1:24490", "127.0.0.1:24491", "127.0.0.1:24492"},
			peers:     map[string]string{"a": "127.0.0.1:24480", "b": "127.0.0.1:24481", "c": "127.0.0.1:24482"},
		}
		c.addresses = append([]string{"127.0.0.1:24480", "127.0.0.1:24481", "127.0.0.1:24482", "127.0.0.1:24499"}, c.endpoints...)
		return c, c.spawn(dir, "parley", program, "up", "--procs", "--http", "127.0.0.1:24499", "--data", filepath.Join(dir, "data"),
			"--client-ports", "24490,24491,24492", "--peer-ports", "24480,24481,24482")
	}}
}

// spawn starts a process whose output goes to a file in dir.
func (c *cluster) spawn(dir, name, program string, args ...string) error {
	out, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return err
	}
	defer out.Close()
	p := exec.Command(program, args...)
	p.Stdout, p.Stderr = out, out
	if err := p.Start(); err != nil {
		return err
	}
	c.processes = append(c.processes, p)
	return nil
}

func (c *cluster) client(i int) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: []string{c.endpoints[i%len(c.endpoints)]}, DialTimeout: 10 * time.Second})
}

// ready waits until every host answers a linearizable read.
func (c *cluster) ready(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for i := range c.endpoints {
		client, err := c.client(i)
		if err != nil {
			return err
		}
		defer client.Close()
		for {
			if err := c.alive(); err != nil {
				return err
			}
			attempt, done := context.WithTimeout(ctx, time.Second)
			_, err = client.Get(attempt, "ready")
			done()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return fmt.Errorf("%s is not ready after %v: %w", c.endpoints[i], limit, err)
			}
		}
	}
	return nil
}

// alive fails once a process has ended by itself, with what it said last.
func (c *cluster) alive() error {
	for _, p := range c.processes {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, p.Process.Pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err == nil && info.Signo != 0 {
			said, _ := os.ReadFile(p.Stdout.(*os.File).Name())
			return fmt.Errorf("%s ended: %s", p.Args[0], said)
		}
	}
	return nil
}

func (c *cluster) stop() {
	for _, p := range c.processes {
		p.Process.Signal(syscall.SIGTERM)
	}
	for _, p := range c.processes {
		stuck := time.AfterFunc(10*time.Second, func() { p.Process.Kill() })
		p.Wait()
		stuck.Stop()
	}
}
