package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/serve/board"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

// boardFlags are those of parley serve board.
type boardFlags struct {
	o                           board.Options
	replicas                    []string
	http                        string
	certificate, key, authority string
}

func newServeBoard() *cobra.Command {
	var f boardFlags
	cmd := &cobra.Command{
		Use:   "board",
		Short: "Run a replica of a causally ordered bulletin board",
		Long: `serve board runs one replica of a bulletin board and its web page. Posts are taken
whether or not the other replicas can be reached; no replica shows a reply before
what it replies to, and after a partition each gets what it missed.

All replicas are given the same list. Beyond loopback replicas and browsers need
certificates from one authority (parley init makes them).`,
		Example: `  parley serve board
  parley serve board --name a --replicas a=127.0.0.1:7601,b=127.0.0.1:7602 --http 127.0.0.1:7681 --data board-a
  parley serve board --name b --replicas a=127.0.0.1:7601,b=127.0.0.1:7602 --http 127.0.0.1:7682 --data board-b`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.o.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
			return f.serve(cmd.Context(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.o.Name, "name", "a", "name of this replica")
	flags.StringSliceVar(&f.replicas, "replicas", []string{"a=127.0.0.1:7601"}, "all replicas as `NAME=HOST:PORT`, the same list everywhere")
	flags.StringVar(&f.http, "http", "127.0.0.1:7681", "address of the web page; port 0 picks one")
	flags.StringVar(&f.o.Dir, "data", "parley-data/board", "directory of this replica's posts")
	flags.StringSliceVar(&f.o.Names, "called", nil, "`NAMES` by which browsers may call this replica, besides those of loopback")
	flags.BoolVar(&f.o.Faults, "faults", false, "let the page cut this replica off from others")
	flags.StringVar(&f.certificate, "certificate", "", "PEM file of this replica's certificate")
	flags.StringVar(&f.key, "key", "", "PEM file of its key")
	flags.StringVar(&f.authority, "authority", "", "PEM file of the authority that all certificates are from")
	return cmd
}

// boardHint says what to change if the page's address is taken.
const boardHint = "choose another with --http"

func (f *boardFlags) serve(ctx context.Context, w io.Writer) error {
	for _, text := range f.replicas {
		name, address, ok := strings.Cut(text, "=")
		if !ok || name == "" || address == "" {
			return usageError{"parley serve board", fmt.Errorf("replica %q is no NAME=HOST:PORT", text)}
		}
		f.o.Replicas = append(f.o.Replicas, board.Replica{Name: name, Address: address})
	}
	if !slices.ContainsFunc(f.o.Replicas, func(r board.Replica) bool { return r.Name == f.o.Name }) {
		return usageError{"parley serve board", fmt.Errorf("--name %s is none of --replicas", f.o.Name)}
	}
	if _, port, err := net.SplitHostPort(f.http); err != nil || port == "" {
		return usageError{"parley serve board", fmt.Errorf("--http %q is no HOST:PORT", f.http)}
	}
	if f.certificate != "" {
		var err error
		if f.o.Credentials, err = live.LoadCredentials(f.certificate, f.key, f.authority); err != nil {
			return err
		}
	}
	if f.o.Credentials == nil && !cluster.Loopback(f.http) {
		return fmt.Errorf("serve the page on %s: %w", f.http, live.ErrNeedCredentials)
	}
	b, err := board.Open(f.o)
	if err != nil {
		return err
	}
	defer b.Close()
	return f.page(ctx, w, b)
}

// page serves the page until the context or the replica ends.
func (f *boardFlags) page(ctx context.Context, w io.Writer, b *board.Board) error {
	l, err := listen("HTTP", f.http, boardHint)
	if err != nil {
		return err
	}
	server, scheme := page.Server(b.Handler()), "http"
	if f.o.Credentials != nil && !cluster.Loopback(f.http) {
		server.TLSConfig, scheme = host.ServerTLS(f.o.Credentials), "https"
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if server.TLSConfig != nil {
			_ = server.ServeTLS(l, "", "") // it ends when it is shut down
			return
		}
		_ = server.Serve(l)
	}()
	defer func() { shutdown(server); <-ended }()
	if _, err := fmt.Fprintf(w, "board %s://%s\n", scheme, l.Addr()); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-b.Done():
		return b.Err()
	}
}
