package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/serve/ntp"
)

func newServeNTP() *cobra.Command {
	var (
		listen string
		o      ntp.Options
		follow ntp.Following
	)
	cmd := &cobra.Command{
		Use:   "ntp",
		Short: "Tell other machines the time of this one",
		Long: `serve ntp answers clients of the Network Time Protocol (version 4, and the earlier
ones) by UDP with the time of this machine's clock, and sets no clock. It listens
on loopback unless told otherwise; the protocol's port, 123, needs privileges.

With --follow it keeps a clock of its own by other servers, and tells the time of
that, at the stratum below theirs; the flags of parley ntp follow apply.

Answers are as long as a plain request, and never longer than what was asked. A
client (an IPv4 address, or an IPv6 network of 64 bits) gets eight answers at once
and one every --interval on average; then it is told to slow down, and then
nothing.`,
		Example: `  parley serve ntp
  chronyd -Q -t 8 'server 127.0.0.1 port 1123 iburst'    what a real client makes of it
  parley serve ntp --follow a.example.org,b.example.org,c.example.org`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Ahead = follow.Ahead
			if len(follow.Servers) > 0 {
				o.Follow = &follow
			}
			s, err := ntp.Listen(listen, o)
			if err != nil {
				return err
			}
			return serveNTP(cmd.Context(), cmd.OutOrStdout(), s)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:1123", "UDP address; port 0 picks one")
	f.StringVar(&o.Reference, "reference", "LOCL", "up to four characters: what this machine's clock is set by")
	f.Uint8Var(&o.Stratum, "stratum", 10, "1 if that is a reference clock, up to 15 for a clock that nobody should prefer")
	f.StringSliceVar(&follow.Servers, "follow", nil, "`SERVER`s to keep a clock by; then reference and stratum are what follows from theirs")
	followFlags(cmd, &follow)
	f.DurationVar(&o.Interval, "interval", 2*time.Second, "how often a client may ask, on average")
	return cmd
}

func serveNTP(ctx context.Context, w io.Writer, s *ntp.Server) error {
	if _, err := fmt.Fprintf(w, "ntp %s\n", s.Addr()); err != nil {
		return fmt.Errorf("%w (closing the socket: %v)", err, s.Close())
	}
	if err := s.Serve(ctx); err != nil {
		return err
	}
	c := s.Counts()
	_, err := fmt.Fprintf(w, "answered %d, told to slow down %d, ignored %d, could not send %d\n",
		c.Answered, c.Kissed, c.Ignored, c.Unsent)
	return err
}
