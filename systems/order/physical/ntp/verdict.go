package ntp

// Verdict is what the selection makes of a source.
type Verdict uint8

// The verdicts, from the worst to the best.
const (
	Unfit       Verdict = iota // not heard, not synchronized, too far away, or a loop
	Falseticker                // a majority contradicts it
	Outlier                    // right, but others are better
	Survivor                   // its offset counts
	SystemPeer                 // it is followed
)

var verdictNames = [...]string{
	Unfit: "unfit", Falseticker: "falseticker", Outlier: "outlier", Survivor: "survivor", SystemPeer: "followed",
}

func (v Verdict) String() string { return verdictNames[v] }

// MarshalText makes a verdict a word in JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// judge notes what the stages of the selection made of each source: of the
// candidates, those whom a majority agrees with, and of those the survivors.
func (d *Daemon) judge(fit, honest []candidate) {
	for _, a := range d.associations {
		a.verdict = Unfit
	}
	for v, stage := range [][]candidate{fit, honest, d.survivors} {
		for _, c := range stage {
			c.a.verdict = Falseticker + Verdict(v)
		}
	}
}

func (d *Daemon) verdict(a *association) Verdict {
	if a == d.sys.peer {
		return SystemPeer
	}
	return a.verdict
}
