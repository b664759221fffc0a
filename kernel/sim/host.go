package sim

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// Host is a simulated machine: some services, one clock, one disk.
type Host struct{ stub }

// Name returns the part of the host's addresses before the slash.
func (h *Host) Name() string { panic("not yet") }

// Serve adds a service, which make builds anew for every incarnation, and
// returns its address. Start is called by an event of its own, or by Do.
func (h *Host) Serve(service string, make func() node.Node) node.Addr { panic("not yet") }

// Up tells whether the host is running. A paused host is up.
func (h *Host) Up() bool { panic("not yet") }

// Err tells why the host has stopped by itself (Env.Halt, a failed fsync, a
// log that cannot be read), or nil. Restart clears it.
func (h *Host) Err() error { panic("not yet") }

// Crash ends the incarnation at once: held sends, timers, tasks and whatever
// the disk had not made durable are gone (of the last, the disk keeps some
// part). In the middle of an event of this host, everything that the event
// does after the call is without effect.
func (h *Host) Crash() { panic("not yet") }

// Restart begins the next incarnation of a host that is down or halted.
func (h *Host) Restart() { panic("not yet") }

// Pause stops the host as SIGSTOP does: it handles nothing, messages wait up
// to Config.Backlog, its clock goes on.
func (h *Host) Pause() { panic("not yet") }

// Resume lets a paused host go on.
func (h *Host) Resume() { panic("not yet") }

// Paused tells whether the host is paused.
func (h *Host) Paused() bool { panic("not yet") }

// Clock returns the host's clock.
func (h *Host) Clock() *Clock { panic("not yet") }

// Disk returns the host's disk.
func (h *Host) Disk() *Disk { panic("not yet") }

// Clock is a host's oscillator and the time of day that is kept with it.
type Clock struct{ stub }

// Now returns what the host believes the time to be.
func (c *Clock) Now() time.Time { panic("not yet") }

// Error returns by how much Now is ahead of the true time.
func (c *Clock) Error() time.Duration { panic("not yet") }

// Step moves the time of day by d, forward or back. Elapsed and timers do not
// notice.
func (c *Clock) Step(d time.Duration) { panic("not yet") }

// Drift lets the oscillator run fast by ppm parts in a million from now on, or
// slow if that is negative; at most 500,000 either way.
func (c *Clock) Drift(ppm int) { panic("not yet") }

// Disk is a host's disk and what is wrong with it.
type Disk struct{ stub }

// SetFsync says how long syncs take from now on.
func (d *Disk) SetFsync(t Dist) { panic("not yet") }

// FailSync lets the next sync fail, which halts the host.
func (d *Disk) FailSync() { panic("not yet") }

// SetFull lets writes fail for lack of space, until it is called with false.
func (d *Disk) SetFull(full bool) { panic("not yet") }

// Rot flips one bit somewhere in what the disk holds durably.
func (d *Disk) Rot() { panic("not yet") }

// Wipe empties the disk. The host must be down.
func (d *Disk) Wipe() { panic("not yet") }
