package host

import (
	"maps"
	"slices"
	"sync"

	"github.com/parleysystems/parley/node"
)

// Cut stops what this host sends to other hosts, until the next call says
// otherwise (live.Host.Cut).
func (h *Host) Cut(hosts ...string) { h.live.Cut(hosts...) }

// Pause freezes the host's services as a machine that stops to breathe does:
// messages, clients and timers wait, while connections stay open and clocks go
// on. The function that it returns lets them go on; Close does so too. A
// service that has not started yet is not frozen.
func (h *Host) Pause() (resume func()) {
	over := make(chan struct{})
	freeze := func(node.Node) {
		select {
		case <-over:
		case <-h.live.Done():
		}
	}
	services := slices.AppendSeq([]string{RollService, Service}, maps.Keys(h.config.Beside))
	if beside := engines[h.config.Engine].beside; beside != nil {
		services = slices.AppendSeq(services, maps.Keys(beside(&h.config)))
	}
	for _, service := range services {
		_ = h.live.TryDo(service, freeze) // one that is not there, or too busy to take this in, goes on
	}
	return sync.OnceFunc(func() { close(over) })
}
