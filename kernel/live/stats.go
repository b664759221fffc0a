package live

import "time"

// Stats is what Host.Stats reports. Counters start at Open and only grow;
// the rest are values of the moment, which need not be of one instant.
type Stats struct {
	Commit   CommitStats
	Services []ServiceStats // in the order of Serve
	Peers    []PeerStats    // sorted by name, guests included
	// Unroutable counts messages to services and hosts that do not exist here,
	// Undecodable those whose type is not registered or whose bytes are none of
	// it, Refused connections that failed their handshake.
	Unroutable, Undecodable, Refused uint64
}

// CommitStats is about the write-ahead log.
type CommitStats struct {
	Records  uint64    // made durable
	Bytes    uint64    // of records handed to the syncer
	Unsynced uint64    // records appended and not yet durable
	Sync     Histogram // duration of one batch: write and fdatasync
}

// ServiceStats is about one node and its loop.
type ServiceStats struct {
	Name    string
	Events  uint64 // posts, messages, timers and completions handled
	Dropped uint64 // messages that found the mailbox full
	Mailbox int    // events waiting
	Held    int    // outputs waiting for the disk
	Timers  int    // armed timers
	Tasks   int    // tasks that have not ended
	Pauses  uint64 // times that the loop had to wait for the disk (Bounds.Unsynced, Held)
}

// PeerStats is about the conversation with one other host.
type PeerStats struct {
	Name      string
	Address   string // empty for a guest
	State     PeerState
	LastError string // why it is not connected, or was not before
	Connects  uint64
	Queue     int           // messages waiting to be written
	RoundTrip time.Duration // of the latest ping, 0 before the first

	SentMessages, SentBytes         uint64
	ReceivedMessages, ReceivedBytes uint64
	// Dropped counts messages to the peer that were given up: queue full,
	// unreachable, or lost in a buffer as the connection broke.
	Dropped uint64
}

// PeerState is what the outgoing connection to a peer is doing.
type PeerState string

const (
	// Connecting: an attempt is being made.
	Connecting PeerState = "connecting"
	// Waiting: between two attempts.
	Waiting PeerState = "waiting"
	// Connected: messages go out at once.
	Connected PeerState = "connected"
)

// Histogram counts durations in fixed buckets.
type Histogram struct {
	// Counts[i] is the number of durations up to HistogramBounds[i] and above
	// the bound before; the last one has those above all bounds.
	Counts [len(HistogramBounds) + 1]uint64
	Sum    time.Duration
}

// HistogramBounds are the upper bounds of the buckets of every Histogram.
var HistogramBounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 200 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond,
	20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
	time.Second,
}

// Count returns the number of durations counted.
func (h *Histogram) Count() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Quantile returns the bound of the bucket that holds the q-th part of what
// was counted (0 < q <= 1), and the largest bound for what exceeds all.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank, n := uint64(q*float64(h.Count())+0.5), uint64(0)
	for i, c := range h.Counts {
		if n += c; n >= rank && c > 0 {
			return HistogramBounds[min(i, len(HistogramBounds)-1)]
		}
	}
	return 0
}

func (h *Histogram) add(d time.Duration) {
	i := 0
	for i < len(HistogramBounds) && d > HistogramBounds[i] {
		i++
	}
	h.Counts[i]++
	h.Sum += d
}
