package sim

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
)

// Disk is a host's disk and what is wrong with it. It outlives crashes.
type Disk struct {
	host   *Host
	device *disk.Faulty // nil until something is stored
	fsync  Dist
	slow   []*Dist          // what faults make of it: the latest holds
	drawn  [forSwarm]uint64 // how often each stream of this disk was drawn from
}

// ErrSync is what a sync fails with on a disk that FailSync was asked for.
var ErrSync = errors.New("fsync: input/output error")

func (d *Disk) open() *disk.Faulty {
	if d.device == nil {
		d.device = disk.NewUnshared()
	}
	return d.device
}

// next draws from one of the disk's streams.
func (d *Disk) next(p purpose) uint64 {
	d.drawn[p]++
	return draw(keyOf(d.host.w.config.Seed, p, d.host.name), d.drawn[p])
}

// latency draws how long a sync takes, of the log or of a file.
func (d *Disk) latency(p purpose) time.Duration {
	dist := d.fsync
	if n := len(d.slow); n > 0 {
		dist = *d.slow[n-1]
	}
	return dist.draw(d.next(p))
}

// slowDown lets syncs take another time until lift is called.
func (d *Disk) slowDown(t Dist) (lift func()) {
	d.slow = append(d.slow, &t)
	return func() { d.slow = slices.DeleteFunc(d.slow, func(s *Dist) bool { return s == &t }) }
}

// crash is what a crash of the host does to the disk: in one of three cases
// only the process ends and the cache of its operating system lives on, else
// power is lost.
func (d *Disk) crash(why error) {
	if d.device == nil {
		return
	}
	r := generator(keyOf(d.host.w.config.Seed, forDisk, d.host.name, strconv.FormatUint(d.host.incarnation, 10)))
	if r.IntN(3) == 0 && why != errPower {
		d.device.Kill()
		return
	}
	d.device.Crash(r)
}

// settle makes durable what a node may find in its files: what a process that
// was killed left in the cache of its system.
func (d *Disk) settle() error {
	if d.device == nil {
		return nil
	}
	return disk.Settle(d.device, "files")
}

// SetFsync says how long syncs take from now on.
func (d *Disk) SetFsync(t Dist) {
	d.fsync = t.or(d.host.w.config.Fsync)
	d.host.w.disturb(d.host, "fsync takes "+d.fsync.String())
}

// FailSync lets syncs fail from now on, or work again on files opened later. A
// failed sync of the log halts the host.
func (d *Disk) FailSync(fail bool) {
	var err error
	if fail {
		err = ErrSync
	}
	d.open().FailSync(err)
	d.host.w.disturb(d.host, "fsync fails: "+strconv.FormatBool(fail))
}

// SetFull leaves the disk room for that many more bytes, or lifts the limit if
// free is negative.
func (d *Disk) SetFull(free int64) {
	limit := int64(0)
	if free >= 0 {
		limit = max(1, d.open().Used()+free)
	}
	d.open().SetCapacity(limit)
	d.host.w.disturb(d.host, "free space")
}

// Rot flips one bit somewhere in what the disk holds durably, in a file whose
// name begins with prefix, and tells which file; it is empty if there is none.
// The log lies in "wal/", a service's files in "files/service/".
func (d *Disk) Rot(prefix string) (file string) {
	file, _, _ = d.open().RotSomewhere(generator(d.next(forRot)), prefix)
	d.host.w.disturb(d.host, "bit rot in "+file)
	return file
}

// Wipe empties the disk, as if it had been replaced by a new one. It crashes
// the host first if that is up.
func (d *Disk) Wipe() {
	d.host.Crash()
	d.open().Wipe()
	d.host.w.disturb(d.host, "wipe")
}

// Device returns the disk itself, for harnesses that look at or damage files.
func (d *Disk) Device() *disk.Faulty { return d.open() }

// mend takes all faults away. What is damaged stays damaged.
func (d *Disk) mend() {
	d.fsync, d.slow = d.host.w.config.Fsync, nil
	if d.device != nil {
		d.device.FailSync(nil)
		d.device.SetCapacity(0)
	}
}
