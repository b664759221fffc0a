package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/page"
)

// recordFlags are the flags about recording, as typed.
type recordFlags struct {
	file  string
	limit int64 // MiB
}

func (r *recordFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&r.file, "record", "", "write what happens (messages, appends, roles) to this new file, as a trace in JSON lines")
	fs.Int64Var(&r.limit, "record-limit", 256, "how much of that to keep, in MiB: the newest, the older half in FILE.older")
}

func (r *recordFlags) check(procs bool) error {
	switch {
	case r.file != "" && procs:
		return errors.New("--record: hosts in processes of their own do not share a trace; leave out --procs")
	case r.limit < 1:
		return fmt.Errorf("--record-limit %d: at least 1 MiB", r.limit)
	}
	return nil
}

// recording is what is told to a tape; nil tells nobody.
type recording struct {
	tape   *trace.Tape
	tracer *live.Tracer
}

func (r *recordFlags) open(s *screen.Screen) (*recording, error) {
	if r.file == "" {
		return nil, nil
	}
	tape, err := trace.OpenTape(r.file, r.limit<<20, func(err error) { s.Printf("record   STOPPED: %v; the hosts go on", err) })
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	s.Printf("record   %s, up to %d MiB with %s.older", r.file, r.limit, r.file)
	return &recording{tape, live.NewTracer(tape)}, nil
}

// hosts returns the tracer that hosts get.
func (r *recording) hosts() *live.Tracer {
	if r == nil {
		return nil
	}
	return r.tracer
}

// fault notes what was done to a host.
func (r *recording) fault(host, what string) {
	if r != nil {
		r.tape.Record(trace.Event{Kind: trace.Fault, Place: node.Addr(host), What: what})
	}
}

// cuts notes which links are broken from now on.
func (r *recording) cuts(cuts []page.Cut) {
	if r == nil {
		return
	}
	var links []string
	for _, c := range cuts {
		links = append(links, c.From+"→"+c.To)
	}
	what := "links whole"
	if len(links) > 0 {
		what = "links cut"
	}
	e := trace.Event{Kind: trace.Fault, Place: trace.World, What: what}
	if len(links) > 0 {
		e.Detail = strings.Join(links, " ")
	}
	r.tape.Record(e)
}

func (r *recording) close() error {
	if r == nil {
		return nil
	}
	return r.tape.Close()
}
