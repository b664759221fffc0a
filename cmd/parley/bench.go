package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// benchmark is one comparison: Go commands to run in the checkout. Those in a
// module of their own build the peers that they compare with.
type benchmark struct {
	system, asks string
	commands     [][]string // arguments of go
	own          bool       // takes what follows "--" on the command line
}

var benchmarks = []benchmark{
	{"sim", "events a second of the simulator", [][]string{
		{"test", "-run", "^$", "-bench", ".", "-benchmem", "./kernel/sim/...", "./kernel/task/..."}}, false},
	{"wire", "the codec beside protobuf and CBOR", [][]string{
		{"-C", "bench/wire", "test", "-run", "^$", "-bench", ".", "-benchmem"}}, false},
	{"raft", "simulated Raft events a second; the engine beside other Raft libraries", [][]string{
		{"test", "-run", "^$", "-bench", ".", "-benchmem", "./systems/consensus/raft/...", "./systems/replication/rsm/..."},
		{"-C", "bench/engines", "run", "."}}, true},
	{"agreement", "the family of agreement protocols side by side, in the simulator: docs/agreement.md", [][]string{
		{"run", "./lab/agreement/draw"}}, false},
	{"pbft", "four replicas of which one may lie, beside CometBFT", [][]string{
		{"test", "-run", "^$", "-bench", "Live", "-benchtime", "30000x", "./systems/consensus/pbft"},
		{"-C", "bench/bft", "run", "."}}, true},
	{"kv", "three hosts beside three hosts of etcd, under etcd's own client", [][]string{
		{"-C", "bench/store", "run", "."}}, true},
	{"mr", "word count, sort and grep beside coreutils, awk and a loop in Go; workers that fail", [][]string{
		{"run", "./bench/mr"}}, true},
	{"rpc", "unary calls beside grpc-go, connect-go and net/rpc", [][]string{
		{"-C", "bench/rpc", "run", "."}}, true},
	{"contention", "schemes of concurrency control as more and more transactions meet: docs/contention.md", [][]string{
		{"run", "./cmd/parley/internal/contention"}}, true},
}

func newBench() *cobra.Command {
	var systems []string
	long := "bench measures a system beside its peers, on this machine, in one run:\n\n"
	for _, b := range benchmarks {
		systems = append(systems, b.system)
		long += fmt.Sprintf("  %-10s  %s\n", b.system, b.asks)
	}
	return &cobra.Command{
		Use:   "bench SYSTEM... [-- FLAGS]",
		Short: "Measure a system beside its peers",
		Long: long + `
Peers are built from source, so it runs in a checkout and needs Go. Close what
else runs: the figures are ratios, but noise stays noise.`,
		Example: `  parley bench sim
  parley bench kv -- -rounds 5 -duration 10s`,
		Args:      cobra.ArbitraryArgs,
		ValidArgs: systems,
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, flags := args, []string(nil)
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				chosen, flags = args[:dash], args[dash:]
			}
			if len(chosen) == 0 {
				return usageError{cmd.CommandPath(), fmt.Errorf("name a system: %s", strings.Join(systems, ", "))}
			}
			for _, name := range chosen {
				i := slices.IndexFunc(benchmarks, func(b benchmark) bool { return b.system == name })
				if i < 0 {
					return usageError{cmd.CommandPath(), fmt.Errorf("there is no benchmark of %q; there are %s", name, strings.Join(systems, ", "))}
				}
				if err := benchmarks[i].run(cmd, flags); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (b benchmark) run(cmd *cobra.Command, flags []string) error {
	root, err := checkout()
	if err != nil {
		return fmt.Errorf("bench %s: %w", b.system, err)
	}
	for i, args := range b.commands {
		if b.own && i == len(b.commands)-1 {
			args = append(slices.Clone(args), flags...)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "== go %s\n", strings.Join(args, " "))
		run := exec.CommandContext(cmd.Context(), "go", args...)
		run.Dir, run.Stdout, run.Stderr = root, cmd.OutOrStdout(), cmd.ErrOrStderr()
		if err := run.Run(); err != nil {
			return fmt.Errorf("bench %s: %w", b.system, err)
		}
	}
	return nil
}

// checkout returns the root of the checkout that the working directory is in.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module github.com/parleysystems/parley\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("it is built from source: run it in a checkout of github.com/parleysystems/parley")
		}
		dir = filepath.Dir(dir)
	}
}
