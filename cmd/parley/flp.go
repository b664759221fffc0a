package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/systems/consensus/flp"
)

func newFLP() *cobra.Command {
	var (
		stages int
		replay string
		inputs string
	)
	cmd := &cobra.Command{
		Use:   "flp [PROTOCOL] [--stages N] [--replay FILE --inputs 010]",
		Short: "Show how each deterministic consensus protocol fails",
		Long: `flp explores small deterministic protocols of consensus in an asynchronous network: all
configurations that can be reached, what can still be decided in each, and how the
protocol fails, which every one does that is to survive a crash (Fischer, Lynch and
Paterson 1985). Without a name it lists all; with one it prints what can become of
each input, and the schedule that shows the failure, which --replay reads back. Of
outputs, b is that of a process that has not decided yet.`,
		Example: `  parley flp                                  # all of them
  parley flp majority                         # the shortest disagreement
  parley flp ballots --stages 200 > schedule  # Paxos, kept undecided
  parley flp ballots --inputs 100 --replay schedule`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			limits := flp.Limits{Configurations: 3000, Stages: stages, Crashes: 1}
			if len(args) == 0 {
				return listProtocols(cmd.OutOrStdout(), limits)
			}
			p, err := flp.Named(args[0])
			if err != nil {
				var names []string
				for _, p := range flp.Candidates() {
					names = append(names, p.Name())
				}
				return usageError{cmd.CommandPath(), fmt.Errorf("flp: no protocol is called %q; there are %s%s", args[0], strings.Join(names, ", "), meant(args[0], names))}
			}
			if replay != "" {
				return replayFLP(cmd, p, inputs, replay)
			}
			return showProtocol(cmd.OutOrStdout(), p, limits)
		},
	}
	cmd.Flags().IntVar(&stages, "stages", 50, "how long the adversary goes on against a protocol that is safe")
	cmd.Flags().StringVar(&replay, "replay", "", "apply the schedule in this file, and print the outputs after each event")
	cmd.Flags().StringVar(&inputs, "inputs", "", "with --replay: the input of each process, p0's first")
	return cmd
}

func listProtocols(out io.Writer, limits flp.Limits) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "protocol\tconfigurations\tbivalent inputs\tfails by\t")
	for _, p := range flp.Candidates() {
		r := flp.Examine(p, limits)
		bivalent := 0
		for _, v := range r.Initial {
			if v == flp.Bivalent {
				bivalent++
			}
		}
		count := fmt.Sprint(r.Configurations)
		if !r.Complete {
			count = "no end"
		}
		fmt.Fprintf(w, "%s\t%s\t%d of %d\t%v\t\n", p.Name(), count, bivalent, len(r.Initial), r.Failure)
	}
	return w.Flush()
}

// showProtocol prints comments, and the schedule as what Replay reads.
func showProtocol(out io.Writer, p flp.Protocol, limits flp.Limits) error {
	r := flp.Examine(p, limits)
	fmt.Fprintf(out, "# %s: %s\n", p.Name(), p.About())
	for i, v := range r.Initial {
		fmt.Fprintf(out, "# inputs %v: %v\n", flp.Inputs(p.N(), i), v)
	}
	if r.Failure == nil {
		fmt.Fprintf(out, "# no failure among %d configurations\n", r.Configurations)
		return nil
	}
	_, err := fmt.Fprintf(out, "# %v\n%v", r.Failure, r.Failure.Schedule)
	return err
}

// replayFLP prints what a schedule does.
func replayFLP(cmd *cobra.Command, p flp.Protocol, text, name string) error {
	if len(text) != p.N() {
		return usageError{cmd.CommandPath(), fmt.Errorf("--inputs %q: give %d digits, 0 or 1", text, p.N())}
	}
	inputs := make([]flp.Value, p.N())
	for i, c := range text {
		if c != '0' && c != '1' {
			return usageError{cmd.CommandPath(), fmt.Errorf("--inputs %q: an input is 0 or 1", text)}
		}
		inputs[i] = flp.Value(c - '0')
	}
	schedule, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("flp: %w", err)
	}
	way, err := flp.Replay(flp.Initial(p, inputs), string(schedule))
	if err != nil {
		return err
	}
	for i, c := range way {
		fmt.Fprintf(cmd.OutOrStdout(), "%d\toutputs %v\tcan decide at least: %v\n", i, c.Outputs(), flp.Outcomes(c))
	}
	return nil
}
