package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

// mrCluster says who runs the tasks: this process, unless a flag says otherwise.
type mrCluster struct {
	workers   string
	procs     int
	noBackups bool
	name      string
	of        string
	keep      string
	near      []string
	tls       mrCredentials
}

// mrCredentials are the files of a certificate.
type mrCredentials struct{ certificate, key, authority string }

func (c *mrCredentials) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.certificate, "cert", "", "beyond this machine: file of this host's certificate")
	fs.StringVar(&c.key, "key", "", "beyond this machine: file of its private key")
	fs.StringVar(&c.authority, "ca", "", "beyond this machine: file of the authority that all certificates are from")
}

func (c *mrCredentials) load() (*live.Credentials, error) {
	if *c == (mrCredentials{}) {
		return nil, nil
	}
	return live.LoadCredentials(c.certificate, c.key, c.authority)
}

func (c *mrCluster) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.workers, "workers", "", "run on these workers: host:port or name=host:port, commas between (see parley mr worker)")
	fs.IntVar(&c.procs, "procs", 0, "run on so many worker processes of this machine")
	fs.BoolVar(&c.noBackups, "no-backups", false, "with workers: no backup tasks")
	fs.StringVar(&c.name, "name", "", "with workers: name of this host, which its certificate is for")
	fs.StringVar(&c.of, "cluster", "", "with workers that are hosts of parley up or parley serve: the name of their cluster")
	fs.StringVar(&c.keep, "checkpoint", "", "with --workers: directory from which the same command goes on if this process ends in mid-job")
	fs.StringArrayVar(&c.near, "near", nil, "with --workers: WORKER=DIR says that files below DIR are on that worker's disk; may be repeated")
	c.tls.add(cmd)
}

// check refuses what makes no sense together.
func (c *mrCluster) check() error {
	switch {
	case c.workers != "" && c.procs > 0:
		return errors.New("give --workers or --procs, not both")
	case c.workers == "" && (c.keep != "" || c.of != "" || len(c.near) > 0):
		return errors.New("--checkpoint, --cluster and --near are about workers elsewhere: give --workers")
	}
	return nil
}

// places reads --near; directories are named as the inputs are.
func (c *mrCluster) places() (all []mapreduce.Near, err error) {
	for _, text := range c.near {
		n, err := mapreduce.ParseNear(text)
		if err == nil {
			n.Dir, err = filepath.Abs(n.Dir)
		}
		if err != nil {
			return nil, fmt.Errorf("--near: %w", err)
		}
		all = append(all, n)
	}
	return all, nil
}

func (c *mrCluster) run(ctx context.Context, s jobs.Spec, plan mapreduce.Plan, o mapreduce.Options) (mapreduce.Summary, error) {
	switch {
	case c.workers != "":
		credentials, err := c.tls.load()
		if err != nil {
			return mapreduce.Summary{}, err
		}
		return mapreduce.RunOn(ctx, mapreduce.Cluster{
			Workers: strings.Split(c.workers, ","), Spec: s.Encode(), Credentials: credentials, Name: c.name, NoBackups: c.noBackups,
			Of: c.of, Checkpoint: c.keep,
		}, plan, o)
	case c.procs > 0:
		self, err := os.Executable()
		if err != nil {
			return mapreduce.Summary{}, err
		}
		return mapreduce.RunProcs(ctx, c.procs, s.Encode(), plan, o, func(memory int64, tasks int) *exec.Cmd {
			cmd := exec.Command(self, "mr", "worker", "--with-parent", "--memory", fmt.Sprint(memory), "--tasks", fmt.Sprint(tasks))
			if s.Commands() {
				cmd.Args = append(cmd.Args, "--commands")
			}
			cmd.Stderr = os.Stderr
			return cmd
		})
	}
	return mapreduce.Run(ctx, plan, o)
}
