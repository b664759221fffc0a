package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/mapreduce/watch"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

func newServe() *cobra.Command {
	var (
		config, store   string
		verbose, tether bool
		recovery        bool
	)
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Run one host of a cluster on several machines",
		Long: `serve runs one host. parley init writes the configuration and the certificates.

The first signal (Ctrl-C, SIGTERM) stops the host cleanly. It may as well be
killed: what was acknowledged is on disk.

To add a host: list it under hosts in every configuration and restart the others
one by one; start it with "join: true" in its own; then etcdctl member add.
A host whose data directory is gone, or is an older copy of itself, does not start
again: remove it from the cluster, and add one under another name. With the engine
pbft --recover starts it on an older or damaged copy: nothing there is believed but
the host's identity, and the state is fetched from the others as far as it differs.
A watchdog may do that to each host in turn, now and then.`,
		Example: `  parley serve --config parley.yaml
  parley serve --config parley.yaml --recover`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := configured(config)
			if err != nil {
				return err
			}
			c.Recover = recovery
			if store != "" {
				c.Store = store
			}
			ctx := cmd.Context()
			var orders <-chan []string
			if tether {
				ctx, orders = hear(ctx, os.Stdin)
			}
			s := screen.New(cmd.OutOrStdout())
			go collectLess(cmd.Context())
			return serve(ctx, s, c, logger(s, cmd.ErrOrStderr(), verbose), orders)
		},
	}
	f := cmd.Flags()
	f.StringVar(&config, "config", "parley.yaml", "configuration file of this host")
	f.BoolVar(&recovery, "recover", false, "believe nothing of the data directory but the host's identity (engine pbft)")
	f.StringVar(&store, "store", "", "where values are kept, in place of what the configuration says: "+strings.Join(host.Stores(), ", "))
	f.BoolVarP(&verbose, "verbose", "v", false, "log what the host does, not just what goes wrong")
	f.BoolVar(&tether, "until-stdin-closes", false, "stop when standard input ends, as a child of parley up")
	_ = f.MarkHidden("until-stdin-closes")
	cmd.AddCommand(newServeNTP(), newServeBoard())
	return cmd
}

// configured reads a configuration, and says where one comes from if there is none.
func configured(file string) (*cluster.Config, error) {
	c, err := cluster.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: name one by --config; parley init writes them", err)
	}
	return c, err
}

// serveHints say what in the configuration changes what stands in the way.
var serveHints = hints{
	peer:   "change hosts or listen in the configuration",
	client: "change hosts or listen in the configuration",
	http:   "change http in the configuration",
	data:   "stop that process, or change data in the configuration",
}

func serve(ctx context.Context, s *screen.Screen, c *cluster.Config, log *slog.Logger, orders <-chan []string) error {
	bound, err := bind(c, serveHints)
	if err != nil {
		return err
	}
	h, err := openHost(c, bound, log, serveHints, nil)
	if err != nil {
		return err
	}
	defer h.Close()
	go obey(ctx, orders, h)
	source := func(context.Context) []host.Status { return []host.Status{h.Status()} }
	if c.HTTP != "" {
		credentials, err := loadCredentials(c)
		if err != nil {
			return err
		}
		mux := http.NewServeMux()
		var sections []look.Section
		if c.Jobs != nil {
			sections = []look.Section{look.Cluster, watch.Section}
			jobsPage(sections, func() []watch.View { return jobsOf(h) }).Mount(mux)
		}
		page.Page{
			Title: c.Cluster + "/" + c.Name, Hosts: source, Health: h.HTTP(), Sections: sections,
			Doors: map[string]prometheus.Gatherer{c.Name: h.Metrics()},
		}.Mount(mux)
		var pages http.Handler = mux
		if cluster.Loopback(c.HTTP) {
			pages = look.NewGuard().Handler(pages)
		}
		stop, err := servePage(c.HTTP, serveHints.http, pages, credentials)
		if err != nil {
			return err
		}
		defer stop()
		s.Printf("status  http://%s", c.HTTP)
	}
	m := newMonitor(s, source)
	m.watch(ctx, h.Done())
	if err := h.Err(); err != nil {
		return err
	}
	s.Printf("host %s: stopping", c.Name)
	return h.Close()
}

// logger returns one that writes to stderr, or above the block of a terminal.
func logger(s *screen.Screen, stderr io.Writer, verbose bool) *slog.Logger {
	if s.Terminal() {
		stderr = s
	}
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
}
