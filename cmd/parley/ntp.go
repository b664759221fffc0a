package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/serve/ntp"
)

func newNTP() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ntp",
		Short: "Ask time servers, and keep a clock by them",
		Long: `ntp asks servers of the Network Time Protocol, of any make, what the time is. It
never sets this machine's clock.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newNTPQuery(), newNTPFollow())
	return cmd
}

func newNTPQuery() *cobra.Command {
	var (
		samples int
		timeout time.Duration
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "query SERVER...",
		Short: "Ask servers once, and say how far their answers can be trusted",
		Long: `query asks each server, HOST or HOST:PORT, for the time, and says how far its clock is
ahead of this machine's; how well that is known, by the round trip; and how well the
server says it knows the time itself.

With several samples the one with the shortest round trip counts: it waited least.`,
		Example: `  parley ntp query 127.0.0.1:1123
  parley ntp query --samples 4 --json time.example.org`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if samples < 1 || samples > 8 {
				return usageError{cmd.CommandPath(), fmt.Errorf("%d samples are not from 1 to 8", samples)}
			}
			var failed []error
			for _, server := range args {
				err := query(cmd.Context(), cmd.OutOrStdout(), server, samples, timeout, asJSON)
				failed = append(failed, err)
			}
			return errors.Join(failed...)
		},
	}
	f := cmd.Flags()
	f.IntVar(&samples, "samples", 1, "how many answers to choose from; two seconds apart")
	f.DurationVar(&timeout, "timeout", 5*time.Second, "how long to wait for an answer")
	f.BoolVar(&asJSON, "json", false, "print one JSON object a server")
	return cmd
}

var errNoAnswer = errors.New("nobody answered in time")

func query(ctx context.Context, w io.Writer, server string, samples int, timeout time.Duration, asJSON bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(samples-1)*ntp.Apart+timeout, errNoAnswer)
	defer cancel()
	r, err := ntp.Query(ctx, server, samples)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(w).Encode(readingJSON(server, r))
	}
	_, err = fmt.Fprintf(w, `%s
  stratum          %d, reference %s
  its clock        %s this machine's, round trip %v
  it claims        root delay %v, root dispersion %v
  the true time    within %v of its clock, if it tells the truth
`, server, r.Stratum, r.Reference.At(r.Stratum), against(r.Offset), r.Delay, r.RootDelay, r.RootDispersion, r.Distance)
	return err
}

// against says how one clock stands to another.
func against(ahead time.Duration) string {
	switch {
	case ahead > 0:
		return fmt.Sprintf("%v ahead of", ahead)
	case ahead < 0:
		return fmt.Sprintf("%v behind", -ahead)
	}
	return "the same as"
}
