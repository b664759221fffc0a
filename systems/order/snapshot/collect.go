package snapshot

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
)

// collection gathers the parts of a snapshot that was begun here.
type collection struct {
	id       ID
	parts    []Part
	came     []bool
	patience node.Timer
	done     func(*Global, error)
}

// Initiate begins a snapshot. done is called once, on the node's own loop and
// perhaps before Initiate returns (in a group of one): with the state, or with
// ErrUnfinished or ErrAborted. An error of Initiate says that none was begun, and
// done is not called.
func (l *Layer) Initiate(done func(*Global, error)) (ID, error) {
	if len(l.open) >= l.cfg.Open || len(l.collections) >= l.cfg.Open {
		return ID{}, fmt.Errorf("%w: %d at %s", ErrBusy, max(len(l.open), len(l.collections)), l.env.Self())
	}
	if place := slices.Index(l.lost, true); place >= 0 {
		return ID{}, fmt.Errorf("%w: %s came back without its past", ErrAborted, l.cfg.Members[place])
	}
	l.began++
	n := len(l.cfg.Members)
	c := &collection{id: ID{Initiator: l.self, Number: l.began}, parts: make([]Part, n), came: make([]bool, n), done: done}
	c.patience = l.env.Timer(func() { l.abort(c, l.unfinished(c)) })
	c.patience.Reset(l.cfg.Patience)
	l.collections = append(l.collections, c)
	l.handIn(l.record(c.id, nobody))
	return c.id, nil
}

// unfinished says whose part is missing.
func (l *Layer) unfinished(c *collection) error {
	var missing []node.Addr
	for place, came := range c.came {
		if !came {
			missing = append(missing, l.cfg.Members[place])
		}
	}
	return fmt.Errorf("%w: %v lacks those of %v after %v", ErrUnfinished, c.id, missing, l.cfg.Patience)
}

// collect takes a part, and assembles the state when it was the last.
func (l *Layer) collect(from int, h *HandIn) {
	i := slices.IndexFunc(l.collections, func(c *collection) bool { return c.id == h.ID })
	if i < 0 || !h.Part.of(from, len(l.cfg.Members)) {
		return // given up, or not its sender's
	}
	c := l.collections[i]
	c.parts[from], c.came[from] = h.Part, true
	if slices.Contains(c.came, false) {
		return
	}
	l.end(c)
	c.done(&Global{ID: c.id, Epoch: l.cfg.Epoch, Members: slices.Clone(l.cfg.Members), Parts: c.parts}, nil)
}

// abort gives a collection up and tells everybody.
func (l *Layer) abort(c *collection, err error) {
	if !slices.Contains(l.collections, c) {
		return
	}
	l.end(c)
	l.close(c.id)
	for to := range l.cfg.Members {
		if to != l.self {
			l.post(to, &Abort{ID: c.id, Reason: err.Error()})
		}
	}
	c.done(nil, err)
}

func (l *Layer) end(c *collection) {
	c.patience.Stop()
	l.collections = slices.DeleteFunc(l.collections, func(d *collection) bool { return d == c })
}

// refuse ends a recording here and tells the initiator why.
func (l *Layer) refuse(id ID, reason string) {
	l.close(id)
	a := &Abort{ID: id, Reason: reason}
	if id.Initiator == l.self {
		l.aborted(l.self, a)
		return
	}
	l.post(id.Initiator, a)
}

// aborted handles the end of a snapshot that somebody could not record, or that
// its initiator gave up.
func (l *Layer) aborted(from int, a *Abort) {
	i := slices.IndexFunc(l.collections, func(c *collection) bool { return c.id == a.ID })
	switch {
	case i >= 0:
		l.abort(l.collections[i], fmt.Errorf("%w: %v: %s", ErrAborted, a.ID, a.Reason))
	case from == a.ID.Initiator:
		l.close(a.ID)
	}
}
