package roll_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/roll"
)

// putBack replaces what is on a disk by an earlier state of it.
func putBack(t *testing.T, d, earlier *disk.Faulty) {
	t.Helper()
	d.Wipe()
	for _, name := range earlier.Files("") {
		from, err := earlier.Open(name)
		must(t, err)
		size, err := from.Size()
		must(t, err)
		text := make([]byte, size)
		_, err = from.ReadAt(text, 0)
		must(t, err)
		to, err := d.Create(name)
		must(t, err)
		_, err = to.WriteAt(text, 0)
		must(t, err)
		must(t, to.Sync())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAHostWithAnOlderDiskIsRefused(t *testing.T) {
	for _, alone := range []bool{false, true} { // a restart of one host, and of all
		c := newCluster(t, 6, "a", "b", "c")
		c.Run(3 * time.Second)
		earlier := c.Host("c").Disk().Device().Clone()
		c.Run(4 * time.Second)
		c.Host("c").Crash()
		if !alone {
			c.Host("a").Crash()
			c.Host("b").Crash()
		}
		putBack(t, c.Host("c").Disk().Device(), earlier)
		for _, name := range c.names {
			c.Host(name).Restart()
		}
		c.Run(3 * time.Second)
		var older *roll.OlderError
		if !errors.As(c.Host("c").Err(), &older) || older.Host != "c" || c.begun["c"] != 1 {
			t.Errorf("alone %v: c ended with %v, and began %d times", alone, c.Host("c").Err(), c.begun["c"])
		}
		if want := map[bool]int{false: 2, true: 1}[alone]; c.begun["a"] != want || c.Host("a").Err() != nil {
			t.Errorf("alone %v: a began %d times, want %d; %v", alone, c.begun["a"], want, c.Host("a").Err())
		}
	}
}

// Who is told late halts late: nobody that knows better was there.
func TestWhoeverComesLaterTells(t *testing.T) {
	c := newCluster(t, 7, "a", "b", "c")
	c.Run(3 * time.Second)
	earlier := c.Host("c").Disk().Device().Clone()
	c.Run(3 * time.Second)
	for _, name := range c.names {
		c.Host(name).Crash()
	}
	putBack(t, c.Host("c").Disk().Device(), earlier)
	c.Host("c").Restart()
	c.Run(2 * time.Second)
	if c.begun["c"] != 2 || c.Host("c").Err() != nil {
		t.Fatalf("alone, c began %d times, and ended with %v", c.begun["c"], c.Host("c").Err())
	}
	c.Host("b").Restart()
	c.Run(2 * time.Second)
	if older := (*roll.OlderError)(nil); !errors.As(c.Host("c").Err(), &older) {
		t.Errorf("with b there, c ended with %v", c.Host("c").Err())
	}
}

// All disks at one earlier moment are as they were.
func TestAllDisksPutBackTogetherAreAccepted(t *testing.T) {
	c := newCluster(t, 8, "a", "b", "c")
	c.Run(3 * time.Second)
	for _, name := range c.names {
		c.Host(name).Crash()
	}
	earlier := map[string]*disk.Faulty{}
	for _, name := range c.names {
		earlier[name] = c.Host(name).Disk().Device().Clone()
		c.Host(name).Restart()
	}
	c.Run(5 * time.Second)
	for _, name := range c.names {
		c.Host(name).Crash()
		putBack(t, c.Host(name).Disk().Device(), earlier[name])
	}
	for _, name := range c.names {
		c.Host(name).Restart()
	}
	c.Run(3 * time.Second)
	c.expect(t, 3)
}

// The log does not grow with time.
func TestMarksDoNotFillTheDisk(t *testing.T) {
	c := newCluster(t, 9, "a", "b")
	c.Run(time.Hour)
	before := c.Host("a").Disk().Device().Used()
	c.Run(3 * time.Hour)
	if after := c.Host("a").Disk().Device().Used(); after > 2*before+1<<20 {
		t.Errorf("%d bytes after an hour, %d after four", before, after)
	}
	c.expect(t, 1)
}
