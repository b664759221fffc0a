package ntp

import "time"

// The parameters of the RFC (section 7.2 and appendix A), in seconds.
const (
	// Phi is how fast a clock that is not corrected may go wrong: 15 ppm.
	Phi = 15e-6
	// MaxDispersion is the dispersion of what is not known.
	MaxDispersion = 16.0
	// MaxDistance is the root distance beyond which a server is not followed.
	MaxDistance   = 1.5
	minDispersion = 0.005
	// MaxStratum means unsynchronized.
	MaxStratum = 16
	// StepThreshold and StepOut: an offset beyond the one that persists for as long
	// as the other is corrected at once.
	StepThreshold = 0.128
	StepOut       = 900.0
	// PanicThreshold is the offset beyond which a running clock is given up.
	PanicThreshold = 1000.0

	maxFrequency   = 500e-6
	stages         = 8    // of the clock filter
	minClustered   = 3    // survivors that the cluster algorithm leaves alone
	loopGain       = 16   // PLL
	allanIntercept = 1500 // seconds; above it frequency beats phase
	averaging      = 4
	pollGate       = 4
	pollLimit      = 30
)

func seconds(d time.Duration) float64  { return d.Seconds() }
func duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
