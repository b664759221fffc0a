package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/serve/host"
)

// upFlags are the flags of parley up, as typed.
type upFlags struct {
	data, http, clients, peers string
	engine, store, snapshot    string
	procs, verbose             bool
	log                        *slog.Logger
	record                     recordFlags
	jobs                       cluster.Jobs
}

// upNames are those of the hosts that an engine needs.
func upNames(engine string) []string {
	return []string{"a", "b", "c", "d"}[:host.Hosts(engine)]
}

func newUp() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up [--data DIR] [--procs]",
		Short: "Run a replicated store of three hosts on this machine",
		Long: `up runs three hosts on this machine (four for an engine that survives liars), replicated by Raft or by the
engine that is named, that any etcd v3 client can use, and a console in the browser, where hosts can be watched, killed, paused
and cut off. Data stays in one directory: start it again there,
after Ctrl-C or kill -9, and everything that was acknowledged is back.

A cluster of etcd moves here with --from-snapshot: the file that etcdctl snapshot save
wrote. Keys, their revisions and leases come along.`,
		Example: `  parley up
  etcdctl --endpoints 127.0.0.1:2379 put greeting hello
  etcdctl --endpoints 127.0.0.1:22379 get greeting
  parley up --data moved --from-snapshot backup.db`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hosts, err := f.hosts()
			if err == nil {
				err = f.record.check(f.procs)
			}
			if err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			s := screen.New(cmd.OutOrStdout())
			f.log = logger(s, cmd.ErrOrStderr(), f.verbose)
			go collectLess(cmd.Context())
			return f.run(cmd.Context(), s, hosts)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.data, "data", "parley-data", "directory of all data, made if need be")
	fs.StringVar(&f.engine, "engine", host.Engines()[0], "what replicates the store: "+strings.Join(host.Engines(), ", ")+"; for good, with the data")
	fs.StringVar(&f.store, "store", host.Stores()[0], "where values are kept: "+strings.Join(host.Stores(), ", ")+" (on the disk, for more data than memory)")
	fs.StringVar(&f.snapshot, "from-snapshot", "", "snapshot of etcd that a new cluster begins with (engine raft)")
	fs.BoolVar(&f.procs, "procs", false, "run each host as a process of its own")
	fs.StringVar(&f.http, "http", "127.0.0.1:7400", "address of the console, health and metrics; empty for none")
	fs.StringVar(&f.clients, "client-ports", "2379,22379,32379,42379", "ports for etcd clients, one a host")
	fs.StringVar(&f.peers, "peer-ports", "2380,22380,32380,42380", "ports for the other hosts, one a host")
	fs.StringVar(&f.jobs.Inputs, "jobs", "", "work for MapReduce jobs over files below this directory, whoever on this machine starts them (parley mr --cluster up)")
	fs.BoolVar(&f.jobs.Commands, "job-commands", false, "with --jobs: run the shell commands of streaming jobs, too")
	f.record.register(cmd)
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "log what the hosts do, not just what goes wrong")
	return cmd
}

// upHints say which flag changes what stands in the way.
var upHints = hints{
	peer:   "choose others with --peer-ports",
	client: "choose others with --client-ports",
	http:   "choose another with --http",
	data:   "stop that process, or choose another directory with --data",
}

// hosts returns the configuration of each host.
func (f *upFlags) hosts() ([]*cluster.Config, error) {
	if !slices.Contains(host.Engines(), f.engine) {
		return nil, fmt.Errorf("--engine %s: there are %s", f.engine, strings.Join(host.Engines(), ", "))
	}
	if !slices.Contains(host.Stores(), f.store) {
		return nil, fmt.Errorf("--store %s: there are %s", f.store, strings.Join(host.Stores(), ", "))
	}
	if err := host.CanFound(f.engine); err != nil && f.snapshot != "" {
		return nil, fmt.Errorf("--from-snapshot: %w", err)
	}
	names := upNames(f.engine)
	clients, err := parsePorts("--client-ports", f.clients, len(names))
	if err != nil {
		return nil, err
	}
	peers, err := parsePorts("--peer-ports", f.peers, len(names))
	if err != nil {
		return nil, err
	}
	if f.http != "" && !cluster.Loopback(f.http) {
		return nil, fmt.Errorf("--http %s: parley up serves this machine only; give a loopback address such as 127.0.0.1:7400", f.http)
	}
	var all []cluster.Host
	for i, name := range names {
		all = append(all, cluster.Host{Name: name, Peer: "127.0.0.1:" + peers[i], Client: "127.0.0.1:" + clients[i]})
	}
	work, err := f.work()
	if err != nil {
		return nil, err
	}
	var configs []*cluster.Config
	for _, name := range names {
		configs = append(configs, &cluster.Config{Cluster: "up", Name: name, Data: filepath.Join(f.data, name), Hosts: all, Engine: f.engine, Store: f.store, Jobs: work})
	}
	return configs, nil
}

// parsePorts reads the ports of n hosts; what is more is not needed.
func parsePorts(flag, list string, n int) ([]string, error) {
	ports := strings.Split(list, ",")
	if len(ports) < n {
		return nil, fmt.Errorf("%s %s: give %d ports, one a host", flag, list, n)
	}
	for i, port := range ports {
		ports[i] = strings.TrimSpace(port)
		if n, err := strconv.Atoi(ports[i]); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("%s: %q is not a port between 1 and 65535", flag, port)
		}
	}
	return ports, nil
}

// run runs the hosts until ctx is over or none is left.
func (f *upFlags) run(ctx context.Context, s *screen.Screen, configs []*cluster.Config) error {
	backup, err := f.backup()
	if err != nil {
		return err
	}
	if err := f.claim(configs); err != nil {
		return err
	}
	if err := f.found(s, configs, backup); err != nil {
		return err
	}
	start := startHere
	if f.procs {
		start = startProcesses
	}
	tape, err := f.record.open(s)
	if err != nil {
		return err
	}
	all, err := start(s, f, configs, tape)
	if err != nil {
		return errors.Join(err, tape.close())
	}
	stop := sync.OnceValue(func() error { return errors.Join(all.stop(), tape.close()) })
	defer stop()
	if f.http != "" {
		closeConsole, err := f.openConsole(s, all, configs)
		if err != nil {
			return err
		}
		defer closeConsole()
	}
	host, port, err := net.SplitHostPort(configs[0].Hosts[0].Client)
	if err != nil {
		return err
	}
	s.Printf("try      etcdctl --endpoints %s put greeting hello", net.JoinHostPort(host, port))
	if f.jobs.Inputs != "" {
		s.Printf("jobs     parley mr wordcount %s --cluster %s --workers %s", f.jobs.Inputs, configs[0].Cluster, workersOf(configs[0].Hosts))
	}
	s.Printf("stop     Ctrl-C")
	newMonitor(s, all.status).watch(ctx, all.ended)
	if ctx.Err() == nil {
		return fmt.Errorf("no host is left; start again with the same --data %s", f.data)
	}
	s.Printf("stopping")
	return stop()
}
