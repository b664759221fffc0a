package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/serve/ntp"
	protocol "github.com/parleysystems/parley/systems/order/physical/ntp"
)

func newNTPFollow() *cobra.Command {
	var (
		f      ntp.Following
		every  time.Duration
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "follow SERVER...",
		Short: "Keep a clock by servers, and watch how well",
		Long: `follow keeps a clock of its own by the servers, as a daemon would keep the machine's:
it asks them, leaves out whom a majority contradicts, and corrects its clock, by a
change of rate, or at once where it is far off. This machine's clock is left alone.

Every line says what the clock is worth. To tell others the time by such a clock, use
parley serve ntp --follow.`,
		Example: `  parley ntp follow a.example.org b.example.org c.example.org
  parley ntp follow --ahead 50ms --min-poll 1 127.0.0.1:1123     see an error go away`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if every <= 0 {
				return usageError{cmd.CommandPath(), fmt.Errorf("--every %v is no time", every)}
			}
			f.Servers = args
			c, err := ntp.Follow(f)
			if err != nil {
				return err
			}
			return follow(cmd.Context(), c, every, reporter(cmd.OutOrStdout(), asJSON))
		},
	}
	followFlags(cmd, &f)
	cmd.Flags().DurationVar(&every, "every", 10*time.Second, "time between two lines")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line, with all servers")
	return cmd
}

// followFlags are those of whoever keeps a clock.
func followFlags(cmd *cobra.Command, f *ntp.Following) {
	fs := cmd.Flags()
	fs.Int8Var(&f.MinPoll, "min-poll", 6, "ask no more often than every 2^`N` seconds")
	fs.Int8Var(&f.MaxPoll, "max-poll", 10, "and no less often")
	fs.IntVar(&f.Burst, "burst", 8, "`QUESTIONS` two seconds apart before a server is judged")
	fs.StringVar(&f.Drift, "drift", "", "`FILE` that keeps what was learnt of this machine's oscillator")
	fs.DurationVar(&f.Ahead, "ahead", 0, "begin with a clock that is so far ahead, for experiments")
}

// follow runs the client, and reports what it knows.
func follow(ctx context.Context, c *ntp.Client, every time.Duration, report func(*ntp.Client) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	next := time.NewTicker(every)
	defer next.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-next.C:
		}
		if err := report(c); err != nil {
			stop(err)
			<-done
			return err
		}
	}
}

// reporter returns what writes a line about a client's clock.
func reporter(w io.Writer, asJSON bool) func(*ntp.Client) error {
	if asJSON {
		e := json.NewEncoder(w)
		return func(c *ntp.Client) error { return e.Encode(clockJSON(c)) }
	}
	seen := map[string]protocol.Verdict{}
	return func(c *ntp.Client) error {
		s := c.Status()
		for _, source := range s.Sources {
			if before, known := seen[source.Name]; known && before == source.Verdict {
				continue
			}
			seen[source.Name] = source.Verdict
			if _, err := fmt.Fprintf(w, "%s  %s: %v\n", time.Now().Format(time.TimeOnly), source.Name, source.Verdict); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%s  %s\n", time.Now().Format(time.TimeOnly), clockLine(c, s))
		return err
	}
}

func clockLine(c *ntp.Client, s protocol.Status) string {
	if s.Leap == protocol.Unsynchronized {
		return "no server is followed yet"
	}
	follows := "nobody any more"
	if s.Peer != "" {
		follows = s.Peer
	}
	return fmt.Sprintf("stratum %d, follows %s: within %v of the true time; this machine's clock is %s it; oscillator %+.3f ppm, %v to absorb, %d steps",
		s.Stratum, follows, s.Distance+s.Offset.Abs(), against(machineAhead(c)), float64(s.Frequency)/1000, s.Offset, s.Steps)
}

// machineAhead returns how far this machine's clock is ahead of the client's.
func machineAhead(c *ntp.Client) time.Duration {
	clock, machine := c.Clocks()
	return machine.Sub(clock)
}
