package probe

import (
	"sync"
	"time"
)

// Outcome is how an attempt ended.
type Outcome string

// The outcomes; see the package comment.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown"
)

// Sample is one attempt that has ended.
type Sample struct {
	Number  uint64        `json:"number"`
	At      time.Time     `json:"at"`   // when it began
	Kind    string        `json:"kind"` // put or get
	Took    time.Duration `json:"took"` // in nanoseconds
	Outcome Outcome       `json:"outcome"`
	Error   string        `json:"error,omitempty"`
}

// log keeps the newest samples (I1), and what has begun and not ended.
type log struct {
	mu     sync.Mutex
	keep   int
	kept   []Sample // a ring once it is full
	last   uint64   // number of the newest sample, 0 before the first
	begun  map[uint64]time.Time
	starts uint64
}

// begin notes an attempt and returns what ends it.
func (l *log) begin(kind string) (end func(Outcome, error)) {
	at := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starts++
	attempt := l.starts
	l.begun[attempt] = at
	return func(o Outcome, err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.begun, attempt)
		l.add(Sample{At: at, Kind: kind, Took: time.Since(at), Outcome: o, Error: text(err)})
	}
}

// add needs l.mu.
func (l *log) add(s Sample) {
	l.last++
	s.Number = l.last
	if len(l.kept) < l.keep {
		l.kept = append(l.kept, s)
		return
	}
	l.kept[l.place(s.Number)] = s
}

func (l *log) place(number uint64) int { return int((number - 1) % uint64(l.keep)) }

// after returns the samples with higher numbers, the newest number, and when the
// oldest attempt began that has not ended; the zero time if there is none.
func (l *log) after(number uint64) (samples []Sample, last uint64, waiting time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if oldest := l.last - uint64(len(l.kept)); number < oldest {
		number = oldest
	}
	samples = []Sample{} // not null in JSON
	for n := number + 1; n <= l.last; n++ {
		samples = append(samples, l.kept[l.place(n)])
	}
	for _, at := range l.begun {
		if waiting.IsZero() || at.Before(waiting) {
			waiting = at
		}
	}
	return samples, l.last, waiting
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
