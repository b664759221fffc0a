package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/gateway"
)

// gatewayFlags are what a gateway has of its own; the rest stands in the configuration of
// any host of the cluster.
type gatewayFlags struct {
	config, name, client, data string
	certificate, key           string
	verbose                    bool
}

func newGateway() *cobra.Command {
	g := &gatewayFlags{}
	cmd := &cobra.Command{
		Use:   "gateway --config FILE",
		Short: "A door on the client's side that believes no single host (engine pbft)",
		Long: `gateway opens a door for etcd's clients on this machine, to a cluster whose engine is pbft.

A door of a host answers from that host's replica: its clients trust it. This one
follows the whole group, without a vote, and executes what f+1 hosts say has
committed, so that one liar of four cannot deceive its clients. It keeps the whole
store in its data directory.

FILE is the configuration of any host of the cluster, as parley init writes it; it
names the hosts and the authority. Every gateway needs a name of its own, and beyond
loopback a certificate for it: parley init writes one for the name "client".`,
		Example: `  parley gateway --config a/parley.yaml --certificate client.crt --key client.key
  etcdctl --endpoints 127.0.0.1:12379 put greeting hello`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := configured(g.config)
			if err != nil {
				return err
			}
			if c.Engine != "pbft" {
				return fmt.Errorf("the engine of cluster %s is %s: only pbft's clients need a gateway", c.Cluster, engineName(c.Engine))
			}
			if (g.certificate == "") != (g.key == "") {
				return usageError{cmd.CommandPath(), errors.New("--certificate and --key belong together")}
			}
			s := screen.New(cmd.OutOrStdout())
			return g.run(cmd.Context(), s, c, logger(s, cmd.ErrOrStderr(), g.verbose))
		},
	}
	f := cmd.Flags()
	f.StringVar(&g.config, "config", "parley.yaml", "configuration file of any host of the cluster")
	f.StringVar(&g.name, "name", "client", "name of this gateway, which no host and no other gateway has")
	f.StringVar(&g.client, "client", "127.0.0.1:12379", "where etcd's clients are let in")
	f.StringVar(&g.data, "data", "parley-gateway", "directory of its data")
	f.StringVar(&g.certificate, "certificate", "", "PEM file of a certificate for its name")
	f.StringVar(&g.key, "key", "", "PEM file of the key")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "log what it does, not just what goes wrong")
	return cmd
}

func engineName(name string) string {
	if name == "" {
		return "raft"
	}
	return name
}

func (g *gatewayFlags) run(ctx context.Context, s *screen.Screen, c *cluster.Config, log *slog.Logger) error {
	if c.TLS != nil {
		if g.certificate == "" {
			return fmt.Errorf("cluster %s demands certificates: name this gateway's with --certificate and --key", c.Cluster)
		}
		c.TLS.Certificate, c.TLS.Key = g.certificate, g.key
	}
	credentials, err := loadCredentials(c)
	if err != nil {
		return err
	}
	l, err := listen("client", g.client, "choose another with --client")
	if err != nil {
		return err
	}
	w, err := gateway.Open(gateway.Config{
		Cluster: c.Cluster, Name: g.name, Dir: g.data, Members: members(c.Hosts), Client: l,
		Credentials: credentials, Quota: c.SpaceQuota(), Logger: log,
	})
	var locked *disk.LockedError
	switch {
	case errors.As(err, &locked):
		return fmt.Errorf("%w; stop that process, or choose another directory with --data", locked)
	case err != nil:
		return err
	}
	s.Printf("gateway %s of cluster %s  clients %s", g.name, c.Cluster, l.Addr())
	s.Printf("what it answers, %d of the %d hosts have said", (len(c.Hosts)-1)/3+1, len(c.Hosts))
	select {
	case <-ctx.Done():
	case <-w.Done():
	}
	return errors.Join(w.Err(), w.Close())
}
