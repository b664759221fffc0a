package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/internal/cluster"
)

const day = 24 * time.Hour

func newInit() *cobra.Command {
	var (
		hosts            []string
		dir, name, http  string
		peerPort, client int
		days             int
	)
	cmd := &cobra.Command{
		Use:   "init --hosts A,B,C [--dir DIR]",
		Short: "Write configuration and certificates for a cluster on several machines",
		Long: `init writes, into a new directory, one folder a host with its configuration, its
certificate and its key, and beside them the cluster's certificate authority and
a client certificate.

Copy each folder to its machine and run there:  parley serve --config parley.yaml
Keep ca.key where nobody else reads it: whoever has it can join the cluster.`,
		Example: `  parley init --hosts alpha.example.com,beta.example.com,gamma.example.com
  parley init --hosts a=10.0.0.1,b=10.0.0.2,c=10.0.0.3 --dir staging
  parley init --hosts a=127.0.0.1,b=127.0.0.1,c=127.0.0.1    # three on this machine`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(hosts) == 0 {
				return usageError{cmd.CommandPath(), errors.New("name the hosts: --hosts A,B,C")}
			}
			list, err := cluster.ParseHosts(hosts, peerPort, client)
			if err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			plan := cluster.Plan{Cluster: name, Hosts: list, HTTP: http, Valid: time.Duration(days) * day}
			if err := plan.Write(dir); err != nil {
				return fmt.Errorf("init: %w", err)
			}
			return describeCluster(cmd, dir, list)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&hosts, "hosts", nil, "hosts, as ADDRESS or NAME=ADDRESS; an odd number is best")
	f.StringVar(&dir, "dir", "parley-cluster", "directory to write to")
	f.StringVar(&name, "cluster", "parley", "name of the cluster; hosts of other clusters are refused")
	f.StringVar(&http, "http", "127.0.0.1:7400", "where each host serves its status page; empty for none")
	f.IntVar(&peerPort, "peer-port", 2380, "port for the other hosts")
	f.IntVar(&client, "client-port", 2379, "port for etcd clients")
	f.IntVar(&days, "days", 3650, "how long the certificates are valid")
	return cmd
}

func describeCluster(cmd *cobra.Command, dir string, hosts []cluster.Host) error {
	out := cmd.OutOrStdout()
	for _, h := range hosts {
		fmt.Fprintf(out, "host %s  peers %s  clients %s  %s\n", h.Name, h.Peer, h.Client, filepath.Join(dir, h.Name))
	}
	first := hosts[0]
	_, err := fmt.Fprintf(out, `
Copy each folder to its machine and run there:
  parley serve --config parley.yaml
Then, from a machine that has the client's certificate:
  etcdctl --endpoints https://%s --cacert %s --cert %s --key %s put greeting hello
`, first.Client, filepath.Join(dir, "ca.crt"), filepath.Join(dir, "client.crt"), filepath.Join(dir, "client.key"))
	return err
}
