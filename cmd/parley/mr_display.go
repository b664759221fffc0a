package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/parleysystems/parley/mapreduce"
)

// mrDisplay shows how far a job is, on a terminal.
type mrDisplay struct{ bar *progressbar.ProgressBar }

func newMRDisplay(w io.Writer, quiet bool) *mrDisplay {
	if quiet || !isTerminal(w) {
		return &mrDisplay{}
	}
	return &mrDisplay{progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionShowBytes(true),
	)}
}

func (d *mrDisplay) progress(p mapreduce.Progress) {
	if d.bar == nil {
		return
	}
	text := states("map", p.Maps) + ", " + states("reduce", p.Reduces)
	if p.Workers > 0 {
		text += fmt.Sprintf(", %d workers", p.Workers)
	}
	d.bar.ChangeMax64(max(p.Total, 1))
	d.bar.Describe(text)
	_ = d.bar.Set64(min(p.Bytes, max(p.Total, 1))) // a bar that cannot be drawn is no reason to stop
}

func states(kind string, s mapreduce.States) string {
	text := fmt.Sprintf("%s %d/%d", kind, s.Done, s.Waiting+s.Running+s.Done)
	if s.Running > 0 {
		text += fmt.Sprintf(" (%d running)", s.Running)
	}
	if s.Again > 0 {
		text += fmt.Sprintf(" (%d again)", s.Again)
	}
	return text
}

func (d *mrDisplay) finish() {
	if d.bar != nil {
		_ = d.bar.Finish()
	}
}

// sizeFlag is a flag such as 512MiB.
type sizeFlag int64

var units = []struct {
	suffix string
	factor float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"B", 1}, {"", 1}}

// Set implements pflag.Value.
func (b *sizeFlag) Set(text string) error {
	for _, u := range units {
		number, found := strings.CutSuffix(text, u.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n < 0 || n*u.factor > 1<<62 {
			break
		}
		*b = sizeFlag(n * u.factor)
		return nil
	}
	return fmt.Errorf("%q is no number of bytes, such as 64MiB", text)
}

// Type implements pflag.Value.
func (b *sizeFlag) Type() string { return "bytes" }

func (b *sizeFlag) String() string {
	for _, u := range []int{3, 2, 1, 0} {
		if f := int64(units[u].factor); int64(*b) >= f && int64(*b)%f == 0 {
			return fmt.Sprint(int64(*b)/f, units[u].suffix)
		}
	}
	if *b == 0 {
		return ""
	}
	return fmt.Sprint(int64(*b))
}
