package main

import (
	"log/slog"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

func newMRWorker() *cobra.Command {
	o := mapreduce.WorkerOptions{}
	memory := sizeFlag(mapreduce.DefaultMemory)
	var withParent, commands bool
	var tls mrCredentials
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run tasks for masters elsewhere",
		Long: `worker serves any number of masters, one job at a time, until it is told to stop:
then it says so to its master, and what it had is made again elsewhere. Give its
address to parley mr JOB --workers. It reads inputs under the names that the
master has for them, so these must be on a file system that both have.

Who may give this worker a job (on loopback everybody on this machine, else who
has a certificate of the authority) has it read files: --inputs says which. With
--commands it also runs shell commands for them (parley mr stream).`,
		Example: `  parley mr worker --listen 127.0.0.1:7501
  parley mr wordcount --workers 127.0.0.1:7501,127.0.0.1:7502 docs`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.Credentials, err = tls.load(); err != nil {
				return err
			}
			ctx := cmd.Context()
			level := slog.LevelWarn
			if withParent {
				level = slog.LevelError // the master tells of lost connections
				ctx = mapreduce.WithInput(ctx, cmd.InOrStdin())
			}
			if o.Inputs != "" {
				if o.Inputs, err = filepath.Abs(o.Inputs); err != nil {
					return err
				}
			}
			o.Memory = int64(memory)
			debug.SetMemoryLimit(o.Memory * 15 / 16)
			o.Ready = mapreduce.PrintReady(cmd.OutOrStdout())
			o.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			o.Library = jobs.Library(commands)
			return mapreduce.Work(ctx, o)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.Listen, "listen", "127.0.0.1:0", "address to listen on")
	fs.StringVar(&o.Advertise, "advertise", "", "address that others reach it by, or name=host:port if its certificate is for that name (default: that of --listen)")
	fs.StringVar(&o.Dir, "dir", "", "directory of its own for intermediate data (default: a temporary one)")
	fs.Var(&memory, "memory", "budget of this process, such as 512MiB")
	fs.IntVar(&o.Tasks, "tasks", 0, "tasks of each kind at a time (default: one a processor)")
	fs.DurationVar(&o.Slow, "slow", 0, "what each task takes longer, to try out backup tasks")
	fs.StringVar(&o.Inputs, "inputs", "", "directory that all input must lie below (default: whatever this process may read)")
	fs.BoolVar(&commands, "commands", false, "run the shell commands of streaming jobs, for whoever may give this worker a job")
	fs.BoolVar(&withParent, "with-parent", false, "end when standard input does")
	tls.add(cmd)
	return cmd
}
