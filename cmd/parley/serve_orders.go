package main

import (
	"bufio"
	"context"
	"io"
	"strings"

	"github.com/parleysystems/parley/serve/host"
)

// The orders that parley up gives its children, one a line.
const (
	orderPause  = "pause"
	orderResume = "resume"
	orderCut    = "cut" // and the hosts that nothing is to be sent to from now on
)

// longestOrder bounds a line.
const longestOrder = 4 << 10

// hear reads orders until the input ends, and then ends the context, so that no
// child is left behind by a parent that was killed.
func hear(ctx context.Context, input io.Reader) (context.Context, <-chan []string) {
	ctx, cancel := context.WithCancel(ctx)
	orders := make(chan []string)
	go func() {
		defer cancel()
		lines := bufio.NewScanner(input)
		lines.Buffer(nil, longestOrder)
		for lines.Scan() {
			select {
			case orders <- strings.Fields(lines.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, orders
}

// obey carries out orders until ctx is over. What it does not know it ignores.
func obey(ctx context.Context, orders <-chan []string, h *host.Host) {
	resume := func() {}
	for {
		var order []string
		select {
		case <-ctx.Done():
			resume()
			return
		case order = <-orders:
		}
		if len(order) == 0 {
			continue
		}
		switch order[0] {
		case orderPause:
			resume()
			resume = h.Pause()
		case orderResume:
			resume()
		case orderCut:
			h.Cut(order[1:]...)
		}
	}
}
