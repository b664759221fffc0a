package mapreduce

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/live"
)

// Main is the main function of a program that is one job. Its flags make the process
// the local runner (the default), the master of workers that run elsewhere
// (-workers) or as processes of their own here (-procs), or such a worker
// (-worker). All are the same binary, so all have the same functions.
//
//	count docs/                                    # here, on all processors
//	count -worker -listen 127.0.0.1:7501           # a worker
//	count -workers 127.0.0.1:7501,... docs/        # on workers
//
// It does not return. The exit status is 0 if the output is complete, 1 if the job
// failed, and 2 if the command line makes no sense.
func Main[K, V any](job Job[K, V]) {
	plan, err := job.Plan()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, plan, os.Args[1:], os.Stdout, os.Stderr))
}

// invocation is a command line of Main.
type invocation struct {
	Options
	worker    bool
	listen    string
	advertise string
	dir       string
	workers   string
	procs     int
	slow      time.Duration
	quiet     bool
	tls       [3]string
	memory    int64
	keep      string
}

func run(ctx context.Context, plan Plan, args []string, stdout, stderr io.Writer) int {
	i, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	switch {
	case err != nil:
	case !i.worker && len(i.Inputs) == 0:
		err = errors.New("name the input: files, directories, patterns")
	case i.workers == "" && (i.keep != "" || len(i.Near) > 0):
		err = errors.New("-checkpoint and -near are about workers elsewhere: give -workers")
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	i.Writer = stdout
	if i.worker {
		err = i.work(ctx, plan, stdout)
	} else {
		err = i.master(ctx, plan, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*invocation, error) {
	i := &invocation{}
	f := flag.NewFlagSet(os.Args[0], flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&i.Output, "o", "", "output `directory`; standard output if empty")
	f.IntVar(&i.Partitions, "r", 0, "reduce tasks, hence part files")
	f.Int64Var(&i.memory, "memory", DefaultMemory>>20, "budget of this process, in MiB")
	f.IntVar(&i.Tasks, "tasks", 0, "tasks at a time (default: one a processor)")
	f.IntVar(&i.Skip, "skip", 0, "records that may be left out because the job fails on them")
	f.IntVar(&i.MaxRecord, "max-record", DefaultMaxRecord, "longest record, in `bytes`")
	f.BoolVar(&i.quiet, "q", false, "no summary")
	f.StringVar(&i.workers, "workers", "", "run on these workers: `host:port,...`")
	f.StringVar(&i.keep, "checkpoint", "", "with -workers: `directory` from which the same command goes on if this process ends in mid-job")
	f.Func("near", "with -workers: `worker=directory`: files below the directory are on that worker's disk; may be repeated", func(text string) error {
		n, err := ParseNear(text)
		i.Near = append(i.Near, n)
		return err
	})
	f.StringVar(&i.HTTP, "http", "", "loopback `address` at which the job can be watched in a browser")
	f.IntVar(&i.procs, "procs", 0, "run on so many worker processes of this machine")
	f.BoolVar(&i.worker, "worker", false, "be a worker")
	f.StringVar(&i.listen, "listen", "127.0.0.1:0", "worker: `address` to listen on")
	f.StringVar(&i.advertise, "advertise", "", "worker: the `address` that others reach it by (default: that of -listen)")
	f.StringVar(&i.dir, "dir", "", "worker: `directory` of its own for intermediate data")
	f.DurationVar(&i.slow, "slow", 0, "worker: what each task takes longer, to try out backup tasks")
	for n, name := range []string{"cert", "key", "ca"} {
		f.StringVar(&i.tls[n], name, "", "beyond this machine: `file` of the "+[]string{"certificate", "private key", "authority"}[n])
	}
	err := f.Parse(args)
	i.Inputs, i.Memory = f.Args(), i.memory<<20
	i.Title, i.Watched = filepath.Base(os.Args[0]), func(url string) { fmt.Fprintln(stderr, "watch", url) }
	return i, err
}

func (i *invocation) credentials() (*live.Credentials, error) {
	if i.tls == [3]string{} {
		return nil, nil
	}
	return live.LoadCredentials(i.tls[0], i.tls[1], i.tls[2])
}

func (i *invocation) work(ctx context.Context, plan Plan, stdout io.Writer) error {
	credentials, err := i.credentials()
	if err != nil {
		return err
	}
	if i.listen == "127.0.0.1:0" { // one of -procs
		ctx = WithInput(ctx, os.Stdin)
	}
	return Work(ctx, WorkerOptions{
		Listen: i.listen, Advertise: i.advertise, Dir: i.dir, Memory: i.Memory, Tasks: i.Tasks, Slow: i.slow,
		Credentials: credentials, Ready: PrintReady(stdout),
		Library: func([]byte) (Plan, error) { return plan, nil },
	})
}

func (i *invocation) master(ctx context.Context, plan Plan, stderr io.Writer) (err error) {
	var s Summary
	switch {
	case i.procs > 0:
		self, failed := os.Executable()
		if failed != nil {
			return failed
		}
		s, err = RunProcs(ctx, i.procs, nil, plan, i.Options, func(memory int64, tasks int) *exec.Cmd {
			cmd := exec.Command(self, "-worker", "-memory", fmt.Sprint(memory>>20), "-tasks", fmt.Sprint(tasks))
			cmd.Stderr = stderr
			return cmd
		})
	case i.workers != "":
		credentials, failed := i.credentials()
		if failed != nil {
			return failed
		}
		if i.Inputs, failed = Absolute(i.Inputs); failed != nil {
			return failed
		}
		s, err = RunOn(ctx, Cluster{Workers: strings.Split(i.workers, ","), Credentials: credentials, Checkpoint: i.keep}, plan, i.Options)
	default:
		s, err = Run(ctx, plan, i.Options)
	}
	if err == nil && !i.quiet {
		fmt.Fprint(stderr, s)
	}
	return err
}
