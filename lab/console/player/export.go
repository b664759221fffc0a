package player

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"github.com/parleysystems/parley/kernel/trace"
)

// formats are the ways to take a run along.
var formats = map[string]struct {
	kind  string
	write func(io.Writer, iter.Seq[trace.Event]) error
	most  int // events: beyond that nobody could open it
}{
	"svg":    {"image/svg+xml", trace.SVG, 20_000},
	"shiviz": {"text/plain; charset=utf-8", trace.ShiViz, 200_000},
	"json":   {"application/x-ndjson", trace.JSON, maxEvents},
	"text":   {"text/plain; charset=utf-8", trace.Text, 500_000},
}

func (r *run) export(format string) ([]byte, string, error) {
	f, ok := formats[format]
	if !ok {
		return nil, "", fmt.Errorf("%w: there is no format %q", ErrRequest, format)
	}
	if n := r.summary.Count; n > f.most {
		return nil, "", fmt.Errorf("%w: %d events are too many for %s, which takes %d; shorten the run", ErrRequest, n, format, f.most)
	}
	var b bytes.Buffer
	err := f.write(&b, r.recorder.Events())
	return b.Bytes(), f.kind, err
}
