package sim

import (
	"strconv"
	"strings"
	"time"
)

// CrashHosts crashes hosts, and restarts them after a while unless that is
// zero.
type CrashHosts struct {
	Hosts   []string
	Restart time.Duration
}

// PowerLoss crashes all hosts at once, and restarts them after a while unless
// that is zero. No cache survives it.
type PowerLoss struct{ Restart time.Duration }

// RestartHosts restarts hosts that are down.
type RestartHosts struct{ Hosts []string }

// PauseHosts stops hosts as SIGSTOP does.
type PauseHosts struct{ Hosts []string }

// Split cuts links in one of the shapes of Partition.
type Split struct {
	Shape  string // halves, bridge, ring, isolate, one-way
	Groups [][]string
}

// Degrade makes links worse. Exactly one of the settings is used, that of
// Kind: loss, duplicate and reorder have a P, delay has a Delay, bandwidth has
// Bytes a second and a Queue in bytes, lose has the numbers of those Lost.
type Degrade struct {
	Kind     string
	P        float64
	Delay    Dist
	Bytes    int
	Queue    int
	Lost     Numbers
	From, To []string // nil for all
}

// StepClock moves clocks.
type StepClock struct {
	Hosts []string
	By    time.Duration
}

// DriftClock makes clocks run fast or slow by parts in a million.
type DriftClock struct {
	Hosts []string
	PPM   int
}

// HarmDisk does harm to disks. Kind is fsync (which then takes Fsync), full
// (with Free bytes left), fail-sync, rot or wipe.
type HarmDisk struct {
	Hosts []string
	Kind  string
	Fsync Dist
	Free  int
}

// String returns the action as it stands in a plan.
func (a CrashHosts) String() string { return "crash " + listOf(a.Hosts) + again(a.Restart) }

// String returns the action as it stands in a plan.
func (a PowerLoss) String() string { return "power-loss" + again(a.Restart) }

// String returns the action as it stands in a plan.
func (a RestartHosts) String() string { return "restart " + listOf(a.Hosts) }

// String returns the action as it stands in a plan.
func (a PauseHosts) String() string { return "pause " + listOf(a.Hosts) }

// String returns the action as it stands in a plan.
func (a StepClock) String() string {
	sign := ""
	if a.By >= 0 {
		sign = "+"
	}
	return "step clock " + listOf(a.Hosts) + " " + sign + a.By.String()
}

// String returns the action as it stands in a plan.
func (a DriftClock) String() string {
	sign := ""
	if a.PPM >= 0 {
		sign = "+"
	}
	return "drift clock " + listOf(a.Hosts) + " " + sign + strconv.Itoa(a.PPM) + "ppm"
}

// String returns the action as it stands in a plan.
func (a Split) String() string {
	separator := " | "
	if a.Shape == "one-way" {
		separator = " -> "
	}
	var groups []string
	for _, g := range a.Groups {
		groups = append(groups, listOf(g))
	}
	return "partition " + a.Shape + " " + strings.Join(groups, separator)
}

// String returns the action as it stands in a plan.
func (a Degrade) String() string {
	setting := number(a.P)
	switch a.Kind {
	case "delay":
		setting = a.Delay.String()
	case "lose":
		setting = a.Lost.String()
	case "bandwidth":
		setting = strconv.Itoa(a.Bytes)
		if a.Queue != 0 {
			setting += " queue " + strconv.Itoa(a.Queue)
		}
	}
	links := "*"
	if a.From != nil || a.To != nil {
		links = listOf(a.From) + " -> " + listOf(a.To)
	}
	return a.Kind + " " + setting + " links " + links
}

// String returns the action as it stands in a plan.
func (a HarmDisk) String() string {
	s := "disk " + listOf(a.Hosts) + " " + a.Kind
	switch a.Kind {
	case "fsync":
		s += " " + a.Fsync.String()
	case "full":
		s += " " + strconv.Itoa(a.Free)
	}
	return s
}

func listOf(hosts []string) string {
	if hosts == nil {
		return "*"
	}
	return strings.Join(hosts, ",")
}

func again(after time.Duration) string {
	if after == 0 {
		return ""
	}
	return "; restart after " + after.String()
}

func number(p float64) string { return strconv.FormatFloat(p, 'g', -1, 64) }

func quote(s string) string { return strconv.Quote(s) }
