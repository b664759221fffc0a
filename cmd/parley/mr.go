package main

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

func newMR() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mr",
		Short: "Map and reduce files, here or on many workers",
		Long: `mr runs MapReduce jobs over files: in this process on all processors, in several
processes (--procs), or on workers that run elsewhere (--workers). Without
--output the answer goes to standard output; everything else is said on standard
error.

Inputs are files, directories and patterns. Files that end in .gz or .zst are
unpacked. Names that begin with a dot or an underscore are left out of
directories.`,
		Example: `  parley mr wordcount --letters 'docs/*.md'
  parley mr wordcount --letters --fold-case -o counts 'books/*.txt'
  parley mr grep --regexp 'error|fail' /var/log
  parley mr topk -k 10 --words 'docs/*.md'
  parley mr stream --mapper 'cut -f 3' --reducer 'uniq -c' table.tsv`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, verb := range mrVerbs {
		cmd.AddCommand(verb.command())
	}
	cmd.AddCommand(newMRGenerate(), newMRWorker())
	return cmd
}

// mrVerb is one job as a command.
type mrVerb struct {
	use, short, long string
	job              string
	args             cobra.PositionalArgs
	flags            func(cmd *cobra.Command, s *jobs.Spec)
	// words is how many arguments stand before the inputs.
	words int
	// take moves arguments that are no inputs into the specification.
	take func(s *jobs.Spec, args []string) (inputs []string, err error)
	// ranged says that outputs one after the other are one order.
	ranged bool
}

func (v mrVerb) command() *cobra.Command {
	f := &mrFlags{}
	spec := jobs.Spec{Job: v.job}
	cmd := &cobra.Command{
		Use:   v.use,
		Short: v.short,
		Long:  v.long,
		Args:  v.args,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := f.cluster.check(); err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			s, inputs := spec, args
			if f.cluster.workers != "" {
				if inputs, err = mapreduce.Absolute(args[v.words:]); err != nil {
					return err
				}
				inputs = append(slices.Clone(args[:v.words]), inputs...)
			}
			if v.take != nil {
				if inputs, err = v.take(&s, inputs); err != nil {
					return err
				}
			}
			return f.run(cmd, v, s, inputs)
		},
	}
	f.add(cmd)
	if v.flags != nil {
		v.flags(cmd, &spec)
	}
	return cmd
}

// mrFlags are the flags that all jobs have.
type mrFlags struct {
	output, temp      string
	partitions, tasks int
	skip              int
	memory, maxRecord sizeFlag
	split             sizeFlag
	quiet             bool
	http              string
	cluster           mrCluster
}

func (f *mrFlags) add(cmd *cobra.Command) {
	f.memory, f.maxRecord = mapreduce.DefaultMemory, mapreduce.DefaultMaxRecord
	fs := cmd.Flags()
	fs.StringVarP(&f.output, "output", "o", "", "directory to make, with part files and a manifest; standard output if empty")
	fs.IntVarP(&f.partitions, "partitions", "r", 0, "reduce tasks, hence part files (default: 1 for standard output, else as many as tasks at a time)")
	fs.IntVar(&f.tasks, "tasks", 0, "tasks at a time (default: one a processor)")
	fs.Var(&f.memory, "memory", "budget of this process, such as 512MiB")
	fs.Var(&f.maxRecord, "max-record", "longest record")
	fs.Var(&f.split, "split", "input of a map task (default: so that all have a few)")
	fs.IntVar(&f.skip, "skip", 0, "records that may be left out because the job fails on them")
	fs.StringVar(&f.temp, "temp", "", "directory for what is between map and reduce (default: the system's)")
	fs.StringVar(&f.http, "http", "", "loopback address at which the job can be watched in a browser, such as 127.0.0.1:7410")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, no summary")
	f.cluster.add(cmd)
}

func (f *mrFlags) options(cmd *cobra.Command, inputs []string) mapreduce.Options {
	return mapreduce.Options{
		Inputs: inputs, Output: f.output, Writer: cmd.OutOrStdout(), Partitions: f.partitions,
		Memory: int64(f.memory), Tasks: f.tasks, SplitSize: int64(f.split), MaxRecord: int(f.maxRecord), Skip: f.skip, Temp: f.temp,
		HTTP: f.http,
	}
}

func (f *mrFlags) run(cmd *cobra.Command, v mrVerb, s jobs.Spec, inputs []string) error {
	o := f.options(cmd, inputs)
	var err error
	if o.Near, err = f.cluster.places(); err != nil {
		return err
	}
	o.Title, o.Watched = "mr "+v.job, func(url string) { fmt.Fprintln(cmd.ErrOrStderr(), "watch  "+url) }
	if v.ranged {
		if err := chooseRanges(&s, &o); err != nil {
			return err
		}
	}
	plan, err := jobs.Plan(s)
	if err != nil {
		return err
	}
	// The collector keeps garbage within what the job leaves of its budget.
	debug.SetMemoryLimit(o.Memory * 15 / 16)
	display := newMRDisplay(cmd.ErrOrStderr(), f.quiet)
	o.Progress = display.progress
	summary, err := f.cluster.run(cmd.Context(), s, plan, o)
	display.finish()
	if err != nil {
		return fmt.Errorf("mr %s: %w", v.job, err)
	}
	if !f.quiet {
		fmt.Fprint(cmd.ErrOrStderr(), summary)
	}
	return nil
}

// chooseRanges gives a sort several partitions even for standard output: ranges
// one after the other are sorted.
func chooseRanges(s *jobs.Spec, o *mapreduce.Options) error {
	files, err := mapreduce.Files(o.Inputs)
	if err != nil {
		return err
	}
	if o.Partitions == 0 {
		o.Partitions = mapreduce.DefaultTasks(*o)
	}
	s.SetBorders(files, o.Partitions, o.MaxRecord)
	return nil
}

func splitJoin(s *jobs.Spec, args []string) ([]string, error) {
	left, err := mapreduce.Files(args[:1])
	if err != nil {
		return nil, err
	}
	right, err := mapreduce.Files(args[1:])
	if err != nil {
		return nil, err
	}
	for _, file := range right {
		if slices.Contains(left, file) {
			return nil, fmt.Errorf("%s is on both sides: a file is joined with itself by a second name of it", file)
		}
	}
	s.Left = left
	return append(left, right...), nil
}
