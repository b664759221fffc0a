package sim

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// Config says what kind of world to make. The zero value is a small local
// network with honest clocks and disks that take a while to sync.
type Config struct {
	// Seed decides every draw of the run.
	Seed uint64
	// Codec passes every message through kernel/wire instead of by reference.
	Codec bool
	// Digest hashes the contents of every message into the run's hash, not
	// only its type, and panics if one was changed after it was sent. It costs
	// an encoding at both ends; Twice turns it on.
	Digest bool
	// Link is the shape of every link that Shape has not been told about;
	// LAN if it is the zero value.
	Link Link
	// Local is the delay between services of one host; 5 microseconds if zero.
	// Nothing is lost there.
	Local Dist
	// Fsync is how long disks take to sync; 200 to 800 microseconds if zero.
	Fsync Dist
	// Job is how long jobs take; 10 microseconds to 2 milliseconds if zero.
	Job Dist
	// Epoch is the true time at which the run begins; 2000-01-01 UTC if zero.
	Epoch time.Time
	// Backlog bounds the messages that wait at a paused host; what comes on
	// top is lost. 10,000 if zero.
	Backlog int
	// Observer is told of every event; nil costs nothing.
	Observer Observer
}

// World is one simulated run. It is not safe for concurrent use; run many
// worlds in parallel instead.
type World struct{ stub }

type stub struct{}

// New makes a world without hosts at virtual time zero.
func New(c Config) *World { panic("not yet") }

// Host returns the host of that name, which begins to exist when it is first
// asked for. Names hold letters, digits, '-', '_' and '.'.
func (w *World) Host(name string) *Host { panic("not yet") }

// Hosts returns all hosts in the order in which they were made.
func (w *World) Hosts() []*Host { panic("not yet") }

// Node returns the running node at an address, for checkers that know
// everything, or nil if its host is down, halted or never had it. A paused
// host's nodes are returned.
func (w *World) Node(a node.Addr) node.Node { panic("not yet") }

// Do runs f as an event of the node at an address, now: what f does through
// the node obeys the output rule, and woken tasks run before Do returns. It
// returns false without running f if the node is not running (down, paused,
// halted, unknown). It panics if that node is in the middle of an event.
func (w *World) Do(a node.Addr, f func(n node.Node)) bool { panic("not yet") }

// At runs f at time t (since the start of the run), or now if that has passed.
func (w *World) At(t time.Duration, f func()) { panic("not yet") }

// After runs f when d has passed.
func (w *World) After(d time.Duration, f func()) { panic("not yet") }

// OnEvent adds a hook that runs after every event, for invariants.
func (w *World) OnEvent(f func()) { panic("not yet") }

// Now returns the true time since the start of the run.
func (w *World) Now() time.Duration { panic("not yet") }

// Time returns the true time as a wall clock without error would show it.
func (w *World) Time() time.Time { panic("not yet") }

// Step runs one event, and returns false if there is none.
func (w *World) Step() bool { panic("not yet") }

// Run runs all events of the next d, after which Now is later by d.
func (w *World) Run(d time.Duration) { panic("not yet") }

// RunUntil runs until cond holds, which it asks after every event, for limit
// at most. It returns whether cond holds.
func (w *World) RunUntil(cond func() bool, limit time.Duration) bool { panic("not yet") }

// Events returns how many events have run.
func (w *World) Events() uint64 { panic("not yet") }

// Hash condenses all events so far: time, node, kind, and the message's type
// (its contents too with Config.Digest).
func (w *World) Hash() uint64 { panic("not yet") }

// Close unwinds all tasks. The world cannot be used any more.
func (w *World) Close() { panic("not yet") }

// Apply adds a plan's faults to the run. Times in it count from the start of
// the run. An error names a host that the plan mentions and the world does not
// have; nothing was applied then.
func (w *World) Apply(p Plan) error { panic("not yet") }

// Heal lifts every fault (links, cuts, clocks, disks), cancels what a plan
// still had in mind, resumes paused hosts and restarts those that are down or
// halted.
func (w *World) Heal() { panic("not yet") }

// Converge runs until cond returns nil, for limit at most. The error then is
// cond's last, along with the hosts that are not up and why.
func (w *World) Converge(cond func() error, limit time.Duration) error { panic("not yet") }

// Shape gives the links from hosts that match one pattern to hosts that match
// another their normal shape, to which faults are added. A pattern is "*" or
// a list of names with commas; a later Shape overrides an earlier one.
func (w *World) Shape(from, to string, l Link) { panic("not yet") }

// Cut severs the given links until heal is called.
func (w *World) Cut(p Partition) (heal func()) { panic("not yet") }
