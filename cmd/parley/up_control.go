package main

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/serve/page"
)

var _ page.Control = (*fleet)(nil)

// change makes one change to a host at a time. may tells from the host's
// condition why it cannot be made, or "".
func (f *fleet) change(name, what string, may func(*condition) string, do func(machine, *condition) error) error {
	if err := f.known(name); err != nil {
		return err
	}
	f.doing.Lock()
	defer f.doing.Unlock()
	f.mu.Lock()
	is := f.is[name]
	why := may(is)
	if f.stopping {
		why = "parley up is stopping"
	}
	f.mu.Unlock()
	if why != "" {
		return fmt.Errorf("%s host %s: %s: %w", what, name, why, page.ErrNotNow)
	}
	f.screen.Printf("host %s  %s, as the console asks", name, what)
	f.tape.fault(name, what)
	if err := do(f.machines[name], is); err != nil {
		return fmt.Errorf("%s host %s: %w", what, name, err)
	}
	return nil
}

func running(is *condition) string {
	if !is.up {
		return "it does not run"
	}
	return ""
}

// Kill ends a host without a word to others.
func (f *fleet) Kill(name string) error {
	return f.change(name, "kill", running, func(m machine, is *condition) error {
		f.mu.Lock()
		is.killed = true
		resume := is.resume
		is.resume = nil
		f.mu.Unlock()
		over := m.over()
		err := m.kill()
		if resume != nil {
			resume()
		}
		<-over
		f.mu.Lock()
		is.up = false // follow may not have come to it yet
		f.mu.Unlock()
		return err
	})
}

// Restart begins another incarnation of a host.
func (f *fleet) Restart(name string) error {
	may := func(is *condition) string {
		if is.up {
			return "it runs"
		}
		return ""
	}
	return f.change(name, "restart", may, func(m machine, is *condition) error {
		f.mu.Lock()
		cuts := f.cutFrom(name)
		f.mu.Unlock()
		if err := m.open(cuts); err != nil {
			return err
		}
		f.mu.Lock()
		is.up, is.killed = true, false
		f.mu.Unlock()
		go f.follow(name, m.over())
		return nil
	})
}

// Pause freezes a host.
func (f *fleet) Pause(name string) error {
	may := func(is *condition) string {
		if is.resume != nil {
			return "it is paused"
		}
		return running(is)
	}
	return f.change(name, "pause", may, func(m machine, is *condition) error {
		resume := m.pause()
		f.mu.Lock()
		defer f.mu.Unlock()
		is.resume = resume
		return nil
	})
}

// Resume lets a paused host go on.
func (f *fleet) Resume(name string) error {
	may := func(is *condition) string {
		if is.resume == nil {
			return "it is not paused"
		}
		return ""
	}
	return f.change(name, "resume", may, func(_ machine, is *condition) error {
		f.mu.Lock()
		resume := is.resume
		is.resume = nil
		f.mu.Unlock()
		resume()
		return nil
	})
}

// Cut breaks exactly the given links.
func (f *fleet) Cut(links []page.Cut) error {
	var cuts []page.Cut
	for _, c := range links {
		for _, name := range []string{c.From, c.To} {
			if err := f.known(name); err != nil {
				return fmt.Errorf("cut links: %w", err)
			}
		}
		if c.From != c.To && !slices.Contains(cuts, c) {
			cuts = append(cuts, c)
		}
	}
	f.doing.Lock()
	defer f.doing.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cuts = cuts
	f.tape.cuts(cuts)
	for _, name := range f.names {
		if f.is[name].up {
			f.machines[name].cut(f.cutFrom(name))
		}
	}
	if len(cuts) == 0 {
		f.screen.Printf("network  whole again, as the console asks")
		return nil
	}
	f.screen.Printf("network  %d of %d links cut, as the console asks", len(cuts), len(f.names)*(len(f.names)-1))
	return nil
}

// Faults tells what is being done.
func (f *fleet) Faults() page.Faults {
	f.mu.Lock()
	defer f.mu.Unlock()
	faults := page.Faults{Killed: []string{}, Paused: []string{}, Cuts: append([]page.Cut{}, f.cuts...)}
	for _, name := range f.names {
		switch is := f.is[name]; {
		case is.killed:
			faults.Killed = append(faults.Killed, name)
		case is.resume != nil:
			faults.Paused = append(faults.Paused, name)
		}
	}
	return faults
}
