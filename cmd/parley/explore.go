package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/lab/console"
)

// exploreFlags are the flags of one explore, as typed.
type exploreFlags struct {
	seed                 uint64
	addr, faults, export string
	without              string
	set, open            []string
}

func newExplore() *cobra.Command {
	var f exploreFlags
	cmd := &cobra.Command{
		Use:   "explore [SYSTEM[/EXPERIMENT]]",
		Short: "Step through runs of experiments in the browser",
		Long: `explore serves pages that show runs of experiments: every message of a run in a
diagram, the state of each host before and after every event, what the clients
saw, and the ledger of claims with the experiment behind each.

In a checkout, and with Go, it also shows what happens with a rule taken out of
the code. Then --export writes the pages with the simulator in them, compiled to
WebAssembly, as files that work from any file server.`,
		Example: `  parley explore raft
  parley explore raft/figure-8 --seed 1
  parley explore raft/committed-entry --without raft.election.up-to-date-check
  parley explore --open run.jsonl                # what parley up --record wrote
  parley explore --export site`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := f.query(cmd, args)
			if err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			if f.export != "" {
				return f.writeExport(cmd)
			}
			return f.serve(cmd.Context(), screen.New(cmd.OutOrStdout()), query)
		},
		ValidArgsFunction: completeExperiments,
	}
	fs := cmd.Flags()
	fs.Uint64Var(&f.seed, "seed", 1, "the seed to begin with")
	fs.StringVar(&f.faults, "faults", "", "fault plan in place of the drawn one: its text, or @FILE; empty for no faults")
	fs.StringArrayVar(&f.set, "set", nil, "fix a parameter of the experiment: NAME=VALUE")
	fs.StringVar(&f.without, "without", "", "begin with the rule of this item of the canon taken out")
	fs.StringArrayVar(&f.open, "open", nil, "show a recording (JSON lines, from parley up --record or check --json), FILE.older before it if that exists")
	fs.StringVar(&f.addr, "addr", "127.0.0.1:7410", "address to serve the pages at")
	fs.StringVar(&f.export, "export", "", "write the pages to this directory instead")
	return cmd
}

// query returns the part of the first page's address that says which run it is
// to show, or "" for none.
func (f *exploreFlags) query(cmd *cobra.Command, args []string) (string, error) {
	if len(args) == 0 {
		if len(f.open) > 0 {
			return "?" + url.Values{"recording": {filepath.Base(f.open[0])}}.Encode(), nil
		}
		return "", nil
	}
	found, err := selectExperiments(args[0])
	if err != nil {
		return "", err
	}
	q := url.Values{"experiment": {found[0].ID()}, "seed": {strconv.FormatUint(f.seed, 10)}}
	o := experiment.Options{}
	if o.Params, err = parseParams(f.set); err != nil {
		return "", err
	}
	for name, value := range o.Params {
		q.Set("set."+name, value)
	}
	if cmd.Flags().Changed("faults") {
		if o.Plan, err = planText(f.faults); err != nil {
			return "", err
		}
		q.Set("faults", *o.Plan)
	}
	if f.without != "" {
		l, err := canon.Load()
		if err != nil {
			return "", err
		}
		if known := knownItems(l.Items()); !slices.Contains(known, f.without) {
			return "", fmt.Errorf("--without: the canon has no item %s%s", f.without, meant(f.without, known))
		}
		q.Set("without", f.without)
	}
	return "?" + q.Encode(), found[0].Check(o)
}

// serve serves the pages until ctx ends.
func (f *exploreFlags) serve(ctx context.Context, s *screen.Screen, query string) error {
	name, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return fmt.Errorf("--addr %s: %w", f.addr, err)
	}
	if ip := net.ParseIP(name); !cluster.Loopback(f.addr) && (name == "" || ip != nil && ip.IsUnspecified()) {
		return fmt.Errorf("--addr %s: name the one address at which browsers will ask for the pages", f.addr)
	}
	recordings, done, err := openRecordings(f.open)
	defer done()
	if err != nil {
		return err
	}
	l, err := listen("HTTP", f.addr, "choose another with --addr")
	if err != nil {
		return err
	}
	engines := newEngines()
	defer engines.close()
	c := console.Config{Without: engines.without, Progress: engines.progress, Sources: sourceTree(), Recordings: recordings}
	return console.Serve(ctx, l, name, c, func(address, token string) {
		s.Printf("console  %s/experiments/%s#token=%s", address, query, token)
		s.Printf("stop     Ctrl-C")
	})
}
