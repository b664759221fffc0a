package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// fill is the other comparison: a store that holds many keys. How much memory
// does a host take, and how long after a kill -9 of all hosts until each of
// them answers a linearizable read again?
func fill(s store, keys int) error {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := s.start(dir)
	if err != nil {
		return err
	}
	defer func() { c.stop() }()
	if err := c.ready(30 * time.Second); err != nil {
		return err
	}
	began := time.Now()
	if err := c.write(keys); err != nil {
		return err
	}
	took := time.Since(began)
	log.Printf("%-8s %d keys of 8 bytes with %d-byte values in %v, resident MiB a host: %v", s.name, keys, valueSize, took.Round(time.Second), c.resident())
	c.kill()
	began = time.Now()
	if c, err = s.start(dir); err != nil {
		return err
	}
	if err := c.ready(5 * time.Minute); err != nil {
		return err
	}
	log.Printf("%-8s serving again %v after kill -9 of all hosts, resident MiB a host: %v", s.name, time.Since(began).Round(10*time.Millisecond), c.resident())
	return nil
}

// write puts keys 0 to n-1, one hundred in a transaction.
func (c *cluster) write(n int) error {
	const batch, writers = 100, 32
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	for w := range writers {
		client, err := c.client(w)
		if err != nil {
			return err
		}
		defer client.Close()
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 2))
			for first := w * batch; first < n; first += writers * batch {
				var ops []clientv3.Op
				for k := first; k < min(first+batch, n); k++ {
					ops = append(ops, clientv3.OpPut(string(binary.BigEndian.AppendUint64(nil, uint64(k))), value(r)))
				}
				if _, err := client.Txn(context.Background()).Then(ops...).Commit(); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// resident returns the resident memory of each host's process in MiB, sorted.
func (c *cluster) resident() []int {
	var all []int
	for _, pid := range c.pids() {
		all = append(all, residentOf(pid))
	}
	slices.Sort(all)
	return all
}

// kill ends every host without a chance to tidy up, and whoever started them. It
// returns once the system has closed what they listened on.
func (c *cluster) kill() {
	pids := c.pids()
	for _, p := range c.processes {
		p.Process.Kill()
	}
	for _, pid := range pids {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, p := range c.processes {
		p.Wait()
	}
	for _, address := range c.addresses {
		for {
			l, err := net.Listen("tcp", address)
			if err == nil {
				l.Close()
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// pids returns the processes of the hosts: those that were started here, or,
// where one of these started others, the latter.
func (c *cluster) pids() []int {
	var all []int
	for _, p := range c.processes {
		children := childrenOf(p.Process.Pid)
		if len(children) == 0 {
			children = []int{p.Process.Pid}
		}
		all = append(all, children...)
	}
	return all
}

func childrenOf(parent int) []int {
	var children []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		text, _ := os.ReadFile(file)
		_, rest, found := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); found && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			children = append(children, pid)
		}
	}
	return children
}

func residentOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib >> 10
		}
	}
	return 0
}
