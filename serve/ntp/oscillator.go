package ntp

import (
	"sync"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// keeper is a daemon with the oscillator that it goes by: this machine's monotonic
// clock. It may be used by several goroutines at once.
type keeper struct {
	born time.Time // the oscillator reads zero

	mu     sync.Mutex
	daemon *ntp.Daemon // guarded by mu
}

// newKeeper makes a keeper whose clock shows the machine's time, or is ahead of it.
func newKeeper(c ntp.Config, ahead time.Duration) *keeper {
	now := time.Now()
	return &keeper{born: now, daemon: ntp.NewDaemon(c, 0, wall(now).Add(ahead))}
}

// elapsed returns what the oscillator read at a time.
func (k *keeper) elapsed(t time.Time) time.Duration { return t.Sub(k.born) }

// do runs f alone, with the oscillator's present reading.
func (k *keeper) do(f func(d *ntp.Daemon, elapsed time.Duration)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(k.daemon, k.elapsed(time.Now()))
}

// wall returns what the machine's clock shows, without the monotonic reading that
// differences would go by.
func wall(t time.Time) time.Time { return t.Round(0) }
