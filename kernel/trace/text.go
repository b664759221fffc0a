package trace

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// Text writes one line an event:
//
//	#ID <- cause   time   place   kind   what, to or from whom, detail
func Text(w io.Writer, events iter.Seq[Event]) error {
	buffered := bufio.NewWriter(w)
	for e := range events {
		fmt.Fprintf(buffered, "%8s %-8s %12s  %-12s %-9s %s\n",
			number(e.ID), from(e.Cause), clock(e.At), e.Place, e.Kind, summary(&e, true))
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("trace: write text: %w", err)
	}
	return nil
}

func number(id ID) string { return fmt.Sprintf("#%d", id) }

func from(cause ID) string {
	if cause == 0 {
		return ""
	}
	return "<-" + number(cause)
}

func clock(at time.Duration) string { return fmt.Sprintf("%.6fs", at.Seconds()) }

// summary renders what an event is about; with its detail if asked for.
func summary(e *Event, detail bool) string {
	parts := make([]string, 0, 3)
	if e.What != "" {
		parts = append(parts, e.What)
	}
	switch {
	case e.Peer == "":
	case e.Kind == Receive:
		parts = append(parts, "from "+string(e.Peer))
	default:
		parts = append(parts, "to "+string(e.Peer))
	}
	if detail {
		if d := Describe(e.Detail); d != "" {
			parts = append(parts, d)
		}
	}
	return strings.Join(parts, " ")
}
