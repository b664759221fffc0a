//go:build unix

package raft_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// sink executes nothing.
type sink struct{ journal }

func (sink) Apply(rsm.Index, []byte) []byte { return nil }

// BenchmarkSimulated runs three servers under clients that propose one command
// after the other, and reports the simulator's events a second: of the clock,
// and of the processor time that the whole process took, collector included,
// which a busy machine disturbs less.
func BenchmarkSimulated(b *testing.B) {
	for _, clients := range []int{0, 1, 16} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { simulate(b, clients) })
	}
}

func simulate(b *testing.B, clients int) {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	for _, h := range names(3) {
		w.Host(h).Serve("raft", func() node.Node {
			return rsm.New(raft.New(raft.Config{Members: addrs(names(3)...)}), &sink{}, rsm.Config{})
		})
	}
	w.Run(5 * time.Second)
	commands := 0
	for _, h := range names(3) {
		w.Do(addr(h), func(n node.Node) {
			if r := n.(*rsm.Replica); r.Leading() {
				keepProposing(r, clients, &commands)
			}
		})
	}
	start, busy := w.Events(), processorTime(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Step()
	}
	events := float64(w.Events() - start)
	b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(events/(processorTime(b)-busy).Seconds(), "events/cpu-s")
	b.ReportMetric(float64(commands)/b.Elapsed().Seconds(), "commands/s")
}

// processorTime returns what the process has used so far, on all processors.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func keepProposing(r *rsm.Replica, clients int, commands *int) {
	command := make([]byte, 64)
	var next func([]byte, error)
	next = func([]byte, error) { *commands++; r.Propose(command, next) }
	for range clients {
		r.Propose(command, next)
	}
}
