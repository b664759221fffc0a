package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

// monitor tells a screen how hosts are doing: each host once it has found its
// role, then what changes; on a terminal also a table of all of them.
type monitor struct {
	screen *screen.Screen
	hosts  page.Source
	told   map[string]string // by host: the role and leader last told
}

func newMonitor(s *screen.Screen, hosts page.Source) *monitor {
	return &monitor{screen: s, hosts: hosts, told: map[string]string{}}
}

const (
	glance  = 100 * time.Millisecond // between looks while hosts find their roles
	refresh = time.Second            // afterwards
)

// watch reports until ctx or ended is over.
func (m *monitor) watch(ctx context.Context, ended <-chan struct{}) {
	for {
		pause := glance
		if m.look(ctx) {
			pause = refresh
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-ended:
		case <-timer.C:
			continue
		}
		timer.Stop()
		m.screen.Show(nil)
		return
	}
}

// look reports once and tells whether all hosts that run have a leader.
func (m *monitor) look(ctx context.Context) (settled bool) {
	settled = true
	all := m.hosts(ctx)
	if ctx.Err() != nil {
		return true // what stops may say anything
	}
	for _, s := range all {
		settled = settled && (s.Failure != "" || s.Leader != "")
		m.tell(s)
	}
	m.screen.Show(table(all))
	return settled
}

func (m *monitor) tell(s host.Status) {
	before, again := m.told[s.Name]
	now := s.Role + " " + s.Leader
	if s.Failure != "" {
		now = s.Failure
	}
	if now == before || s.Failure == "" && s.Leader == "" && !again {
		return // nothing new, or not settled yet
	}
	m.told[s.Name] = now
	switch {
	case s.Failure != "":
		m.screen.Printf("host %s  down: %s", s.Name, s.Failure)
	case !again:
		m.screen.Printf("host %s  %-9s clients %s  data %s", s.Name, s.Role, s.Client, s.Data)
	case s.Leader == "":
		m.screen.Printf("host %s  %s, knows no leader", s.Name, s.Role)
	default:
		m.screen.Printf("host %s  %s in term %d, %s leads", s.Name, s.Role, s.Epoch, s.Leader)
	}
}

// table renders the hosts for a terminal.
func table(all []host.Status) []string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nHOST\tROLE\tTERM\tAPPLIED\tREVISION\tKEYS\tSIZE\tSYNC P99\tCLIENTS\t")
	for _, s := range all {
		role := s.Role
		if s.Failure != "" {
			role = "down"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%v\t%s\t\n", s.Name, role, s.Epoch, s.Applied,
			s.Revision, s.Keys, byteSize(s.Bytes), s.SyncP99, s.Client)
	}
	_ = t.Flush() // to memory
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func byteSize(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
