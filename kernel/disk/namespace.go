package disk

import (
	"io/fs"
	"slices"
	"strings"
)

var _ FS = (*Faulty)(nil)

// change is a creation, removal or rename that no SyncDir has covered yet.
type change struct {
	unlink string // name that goes, or ""
	link   string // name that comes or changes, or ""
	file   *inode
}

func (c change) touches(dir string) bool {
	return c.unlink != "" && parent(c.unlink) == dir || c.link != "" && parent(c.link) == dir
}

func (c change) apply(names map[string]*inode) {
	delete(names, c.unlink)
	if c.link != "" {
		names[c.link] = c.file
	}
}

func parent(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return "."
}

// change does c in what readers see, and remembers that a crash may undo it.
func (d *Faulty) change(c change) {
	if d.names == nil {
		d.names, d.durable = map[string]*inode{}, map[string]*inode{}
	}
	for _, name := range []string{c.unlink, c.link} {
		if n := d.names[name]; n != nil && n != c.file {
			d.used -= n.charge()
			n.linked = false
		}
	}
	c.apply(d.names)
	d.journal = append(d.journal, c)
}

// Create implements FS.
func (d *Faulty) Create(name string) (File, error) {
	if err := checkName("create", name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &inode{epoch: 1, linked: true}
	d.change(change{link: name, file: n})
	return &handle{disk: d, inode: n, name: name, boot: d.boot}, nil
}

// Open implements FS.
func (d *Faulty) Open(name string) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.lookup("open", name)
	if err != nil {
		return nil, err
	}
	return &handle{disk: d, inode: n, name: name, boot: d.boot}, nil
}

func (d *Faulty) lookup(op, name string) (*inode, error) {
	if err := checkName(op, name); err != nil {
		return nil, err
	}
	if n := d.names[name]; n != nil {
		return n, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Remove implements FS. Handles of the file go on working.
func (d *Faulty) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.lookup("remove", name); err != nil {
		return err
	}
	d.change(change{unlink: name})
	return nil
}

// Rename implements FS.
func (d *Faulty) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.lookup("rename", from)
	if err != nil {
		return err
	}
	if err := checkName("rename", to); err != nil {
		return err
	}
	if from != to {
		d.change(change{unlink: from, link: to, file: n})
	}
	return nil
}

// SyncDir implements FS. Changes in other directories stay undecided.
func (d *Faulty) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.syncErr != nil {
		return &fs.PathError{Op: "sync directory", Path: dir, Err: d.syncErr}
	}
	d.commit(func(c change) bool { return c.touches(dir) })
	return nil
}

// commit makes some of the changes to names durable.
func (d *Faulty) commit(which func(change) bool) {
	rest := d.journal[:0]
	for _, c := range d.journal {
		if which(c) {
			c.apply(d.durable)
		} else {
			rest = append(rest, c)
		}
	}
	clear(d.journal[len(rest):])
	d.journal = rest
}

// List implements FS.
func (d *Faulty) List(prefix string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.list(prefix), nil
}

func (d *Faulty) list(prefix string) []string {
	var names []string
	for name := range d.names {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
