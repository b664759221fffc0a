package enginetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Rot flips bits of what is on the disk.
var Rot = scheduletest.Question{
	System: "engine", Name: "rot",
	Text: `Is damage named, and never served? A workload runs, all is synced, the process ends, and one bit flips: in the data
file, the double-write file, the master record or the log; or a file loses its end. The next start and a walk over all
entries and pages must either show just what was committed, where the damage does not matter, or name it: the page
that the bit lies in, the segment of the log, the master record. Of two master records the older one is not needed.`,
	Canon: []string{"wal.buffer.pages", "wal.torn-record.checksum", "wal.acid.durability"},
	Sometimes: []string{
		"a rotten page is named", "a rotten log is named", "a rotten master record is named or not needed",
		"no harm done", "a file without its end is noticed",
	},
	Enough: 40,
	Ask: func(r *scheduletest.Run) error {
		t := NewTrial(r.Rand, Draw(r.Rand), r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		l := t.load()
		for range 40 + r.IntN(150) {
			if err := l.Step(); err != nil {
				return err
			}
		}
		if err := t.quit(l); err != nil {
			return err
		}
		whole := t.Device
		for range 12 {
			t.Device = whole.Clone()
			if err := t.rot(r); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// quit ends the process in good order.
func (t *Trial) quit(l *Load) error {
	for len(l.open) > 0 {
		if err := l.rollback(l.open[0]); err != nil {
			return err
		}
	}
	if err := t.await(t.DB.WriteAll); err != nil {
		return err
	}
	t.Host.Settle()
	if err := l.poll(); err != nil {
		return err
	}
	t.DB.Close()
	if err := t.Host.log.Close(); err != nil {
		return err
	}
	t.Model = NewModel(t.Model.Last())
	return nil
}

// rot damages one file and judges what comes of it.
func (t *Trial) rot(r *scheduletest.Run) error {
	master := contents(t.Device, "files/"+aries.MasterFile)
	file, at := t.damage()
	failed, err := t.Boot(0)
	if failed {
		return errors.New("the power failed")
	}
	var got State
	if err == nil {
		got, err = Dump(t.DB)
	}
	if err == nil {
		if why := diff(got, t.Model.Last()); why != "" {
			return fmt.Errorf("damage of %s at %d: not named, and %s", file, at, why)
		}
		if report := t.DB.Verify(); len(report.Damage) > 0 {
			err = report.Damage[0]
		}
	}
	r.Say(file, at, err)
	if err != nil && strings.HasSuffix(file, aries.MasterFile) && at >= 0 && older(master, at) {
		return fmt.Errorf("damage of the older master record, at %d, is reported as: %w", at, err)
	}
	return t.named(r, file, at, err)
}

// older tells whether a place in the master file belongs to the record that does not
// count.
func older(master []byte, at int64) bool {
	const slot, sequence = 512, 16
	first := binary.LittleEndian.Uint64(master[sequence:])
	second := binary.LittleEndian.Uint64(master[slot+sequence:])
	return (at < slot) == (first < second)
}

// damage flips a bit of a file that is drawn, or cuts its end off, and tells where.
func (t *Trial) damage() (file string, at int64) {
	prefix := []string{"files/data", "files/data", "files/double", "files/master", "log/"}[t.IntN(5)]
	if t.IntN(6) == 0 && prefix != "log/" {
		f, err := t.Device.Open(prefix)
		if err != nil {
			panic(err)
		}
		size, _ := f.Size()
		at = t.Int64N(size + 1)
		if err := f.Truncate(at); err != nil {
			panic(err)
		}
		_ = f.Sync()
		return prefix, -1 - at
	}
	if strings.HasSuffix(prefix, aries.MasterFile) {
		return prefix, t.rotMaster(prefix)
	}
	file, at, ok := t.Device.RotSomewhere(t.Rand, prefix)
	if !ok {
		return prefix + " (empty)", 0
	}
	return file, at
}

// rotMaster flips a bit of one of the two master records, most of whose sectors are empty.
func (t *Trial) rotMaster(name string) (at int64) {
	f, err := t.Device.Open(name)
	if err != nil {
		panic(err)
	}
	at = 512*t.Int64N(2) + t.Int64N(60)
	b := make([]byte, 1)
	_, _ = f.ReadAt(b, at) // the disk is sound so far
	b[0] ^= 1 << t.IntN(8)
	if _, err := f.WriteAt(b, at); err != nil {
		panic(err)
	}
	_ = f.Sync()
	return at
}

// named judges an error: it must be about the file.
func (t *Trial) named(r *scheduletest.Run, file string, at int64, err error) error {
	var p *page.DamageError
	var log *wal.CorruptError
	var lost *aries.LostError
	switch {
	case err == nil:
		r.Marks.Sometimes("no harm done", true)
		r.Marks.Sometimes("a rotten master record is named or not needed", strings.HasSuffix(file, aries.MasterFile))
		return nil
	case at < 0:
		r.Marks.Sometimes("a file without its end is noticed", true)
		return nil
	case errors.As(err, &p) && strings.HasSuffix(file, "/data"):
		if want := page.ID(at / int64(t.Knobs.Options.PageSize)); p.ID != want {
			return fmt.Errorf("damage of page %d is reported as: %w", want, err)
		}
		r.Marks.Sometimes("a rotten page is named", true)
		return nil
	case errors.As(err, &log) && strings.HasPrefix(file, "log/"):
		r.Marks.Sometimes("a rotten log is named", true)
		return nil
	case strings.HasSuffix(file, aries.MasterFile) && (strings.Contains(err.Error(), "master") || errors.As(err, &lost)):
		r.Marks.Sometimes("a rotten master record is named or not needed", true)
		return nil
	}
	return fmt.Errorf("damage of %s at %d is reported as: %w", file, at, err)
}

// Torn cuts the last record of the log.
var Torn = scheduletest.Question{
	System: "engine", Name: "torn-record",
	Text: `Is a torn commit record ever taken for a commit, or a whole one dropped? Every record of the log is a write of its own.
A unit commits, and the bytes that its records have added to the log are known. Then, for every byte of them, the log is
cut there, as if the disk had got so far: what was on the disk before lies behind the cut. The restart must show the
unit whole if its commit record is, and otherwise no trace of it.`,
	Canon:     []string{"wal.torn-record.checksum", "wal.rule.commit-needs-forced-log", "aries.commit.end-record-is-commit-point"},
	Sometimes: []string{"the commit survives", "no trace"},
	Enough:    10,
	Ask: func(r *scheduletest.Run) error {
		k := keepLog(r)
		k.LogBatch = 1
		k.Long = 20 + r.IntN(20) // a restart for every byte is much for a long value
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		t.Host.Settle()
		before := t.Device.Clone()
		l := t.load()
		w := &Work{unit: t.DB.Begin(), writes: Writes{}}
		for range 1 + r.IntN(3) {
			if err := l.put(w); err != nil {
				return err
			}
		}
		if err := l.commit(w); err != nil {
			return err
		}
		for len(l.committing) > 0 { // until the record is durable, and no end record is
			t.Host.Step()
			if err := l.poll(); err != nil {
				return err
			}
		}
		return t.tear(r, before)
	},
}.Register()

// tear cuts what a commit has added to the log at every byte.
func (t *Trial) tear(r *scheduletest.Run, before *disk.Faulty) error {
	after := t.Device.Clone()
	names := after.Files("log/")
	name := names[len(names)-1]
	old, now := contents(before, name), contents(after, name)
	first, last := changed(old, now)
	t.Model.Acked = 0
	survived := false
	for cut := first; cut <= last && !r.Cut(); cut++ {
		t.Device = before.Clone()
		f, err := t.Device.Open(name)
		if err != nil {
			return err
		}
		if _, err := f.WriteAt(now[first:cut], int64(first)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if failed, err := t.Boot(0); failed || err != nil {
			return fmt.Errorf("log cut at byte %d of %d: %w", cut-first, last-first, err)
		}
		got, err := Dump(t.DB)
		if err != nil {
			return err
		}
		if _, err := t.Model.Recovered(got); err != nil {
			return fmt.Errorf("log cut at byte %d of %d: %w", cut-first, last-first, err)
		}
		there := diff(got, t.Model.Last()) == ""
		if survived && !there {
			return fmt.Errorf("log cut at byte %d of %d: the commit was there with fewer", cut-first, last-first)
		}
		survived = there
		r.Marks.Sometimes("no trace", !there)
	}
	if !survived {
		return errors.New("the log is whole, and the commit is not there")
	}
	r.Marks.Sometimes("the commit survives", survived)
	r.Say(first, last)
	return nil
}

func contents(d *disk.Faulty, name string) []byte {
	f, err := d.Open(name)
	if err != nil {
		return nil
	}
	size, _ := f.Size()
	p := make([]byte, size)
	_, _ = f.ReadAt(p, 0) // the disk is sound
	return p
}

// changed returns the part in which two versions of a file differ.
func changed(old, now []byte) (first, last int) {
	if len(old) < len(now) {
		old = append(bytes.Clone(old), make([]byte, len(now)-len(old))...)
	}
	for first < len(now) && old[first] == now[first] {
		first++
	}
	last = len(now)
	for last > first && old[last-1] == now[last-1] {
		last--
	}
	return first, last
}
