package ntp

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// Options says what a server claims and allows. Zero values stand for the defaults
// that the comments name.
type Options struct {
	// Reference is the code, of up to four characters, of what the host's clock is
	// set by; LOCL: nothing that is known.
	Reference string
	// Stratum is from 1, the host has a reference clock, to 15; 10.
	Stratum uint8
	// Interval is how often a client may ask, on average; two seconds.
	Interval time.Duration
	// Ahead makes the time that is served wrong, for experiments.
	Ahead time.Duration
	// Follow, if not nil, has the server serve a clock that it keeps by other servers,
	// at the stratum below theirs. Reference, Stratum and Ahead are then not used.
	Follow *Following
}

func (o Options) withDefaults() (Options, error) {
	if o.Reference == "" {
		o.Reference = "LOCL"
	}
	if o.Stratum == 0 {
		o.Stratum = 10
	}
	if o.Interval == 0 {
		o.Interval = 2 * time.Second
	}
	switch {
	case len(o.Reference) > 4:
		return o, fmt.Errorf("reference %q has more than four characters", o.Reference)
	case o.Stratum >= ntp.MaxStratum:
		return o, fmt.Errorf("stratum %d is not from 1 to %d", o.Stratum, ntp.MaxStratum-1)
	case o.Interval < 0:
		return o, fmt.Errorf("interval %v is negative", o.Interval)
	}
	return o, nil
}
