package sim

import (
	"errors"
	"fmt"
	"time"
)

// PowerLoss crashes all hosts at once, and no cache survives, not even that of
// a host whose process was down already.
func (w *World) PowerLoss() {
	for _, h := range w.hosts {
		if !h.up {
			h.disk.crash(errPower)
			continue
		}
		h.bringDown(errPower)
	}
}

// Heal lifts every fault (links, cuts, clocks, disks), cancels what a plan
// still had in mind, resumes paused hosts and restarts those that are down or
// halted. Messages that are held are delivered, and none is held any more. Cuts made by hand are healed as well; Shapes stay.
func (w *World) Heal() {
	for _, s := range w.plan {
		s.cancelled, s.lifts = true, nil
	}
	w.plan = nil
	w.flow()
	w.rules.rules = nil
	w.rules.epoch++
	w.config.Lost = nil
	for _, l := range w.links {
		l.lost = nil
	}
	w.disturb(nil, "heal")
	for _, h := range w.hosts {
		h.watchers = nil
		h.clock.mend()
		h.disk.mend()
		h.Resume()
		h.Restart()
	}
}

// Converge runs until cond returns nil, for limit at most. The error then is
// cond's last, along with the hosts that are not up and why. cond, which may
// look at every state there is, is asked after every event at first, and the
// less often the longer the world takes.
func (w *World) Converge(cond func() error, limit time.Duration) error {
	end := w.queue.now + int64(limit)
	last := cond()
	for asked := 1; last != nil; asked++ {
		for range min(1+asked/patience, patience) {
			if e := w.queue.pop(end); e != nil {
				e.do.act(w)
			}
		}
		if last = cond(); last != nil && w.queue.now >= end {
			break
		}
	}
	if last == nil {
		return nil
	}
	errs := []error{fmt.Errorf("sim: not converged %v after %v: %w", limit, w.Now()-limit, last)}
	for _, h := range w.hosts {
		if !h.up {
			errs = append(errs, fmt.Errorf("host %s is down: %w", h.name, h.why()))
		}
	}
	return errors.Join(errs...)
}

// patience is how many questions in vain make Converge ask less often, and the
// most events between two of them.
const patience = 256

func (h *Host) why() error {
	if h.err != nil {
		return h.err
	}
	return errCrash
}
