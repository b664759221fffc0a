package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// run executes one command line and returns the exit status. The first signal
// asks the command to stop; a second one ends the process at once.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
	defer stop()
	context.AfterFunc(ctx, stop)

	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := helpForNothing(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return 0
	}
	var usage usageError
	if !errors.Is(err, errReported) {
		fmt.Fprintln(stderr, "parley:", err)
	}
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "Try: %s --help\n", usage.command)
		return 2
	}
	return 1
}

// errReported ends a command whose output has said already what went wrong.
var errReported = errors.New("reported")

// usageError is a command line that makes no sense.
type usageError struct {
	command string
	err     error
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "parley",
		Short: "Distributed systems to run, break and check",
		Long: `Parley is distributed systems as software that you can run, break and check.

  parley up                  a replicated store on this machine, for any etcd v3 client
  parley check raft          the same code in a simulator that tries to break it
  parley canon               what the papers claim, and how far each claim is shown`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{cmd.CommandPath(), err}
	})
	root.AddGroup(
		&cobra.Group{ID: "run", Title: "Run:"},
		&cobra.Group{ID: "check", Title: "Break and check:"},
	)
	root.AddCommand(inGroup("run", newUp(), newServe(), newGateway(), newNTP(), newInit(), newEngine(), newMR())...)
	root.AddCommand(inGroup("check", newCheck(), newSchedule(), newFLP(), newExplore(), newKnockout(), newBench(), newCanon())...)
	root.AddCommand(newVersion())
	checkArgs(root)
	return root
}

// checkArgs makes a wrong number of arguments an error of usage, of a command and of
// those below it.
func checkArgs(cmd *cobra.Command) {
	cmd.Args = usageArgs(cmd.Args)
	for _, below := range cmd.Commands() {
		checkArgs(below)
	}
}

// helpForNothing refuses to help with a command that is none. Of itself cobra would
// show the help of what the command would stand below.
func helpForNothing(root *cobra.Command, args []string) error {
	asked := slices.Contains(args, "--help") || slices.Contains(args, "-h")
	if len(args) > 0 && args[0] == "help" {
		args, asked = args[1:], true
	}
	cmd, rest, err := root.Find(args)
	if err != nil || !asked || !cmd.HasSubCommands() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return nil
	}
	return usageError{cmd.CommandPath(), knownCommand(cmd, rest[:1])}
}

// knownCommand refuses what was not taken for a command, and offers what may
// have been meant.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, below := range cmd.Commands() {
		names = append(names, below.Name())
	}
	hint := meant(args[0], names)
	if near := cmd.SuggestionsFor(args[0]); hint == "" && len(near) > 0 { // what is meant begins so
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("there is no command %q%s", strings.TrimPrefix(cmd.CommandPath()+" "+args[0], "parley "), hint)
}

func inGroup(id string, commands ...*cobra.Command) []*cobra.Command {
	for _, cmd := range commands {
		cmd.GroupID = id
	}
	return commands
}

// usageArgs makes wrong arguments an error of usage, which says what to write.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			check = cobra.NoArgs
		}
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		switch {
		case cmd.HasSubCommands(): // its own check says it better
		case len(args) == 0:
			err = fmt.Errorf("an argument is missing; write %s", cmd.UseLine())
		default:
			err = fmt.Errorf("%q does not fit; write %s", strings.Join(args, " "), cmd.UseLine())
		}
		return usageError{cmd.CommandPath(), err}
	}
}
