package kv

import (
	"errors"
	"fmt"
	"iter"
)

// Origin is what a store is built of beside its changes.
type Origin struct {
	Revision  Revision // that of the last change, or a later one
	Compacted Revision // before which reads are refused; -1 if there was no compaction
	Leases    []LeaseGrant
}

// ErrHistory says that changes are not what a store can have lived through.
var ErrHistory = errors.New("not the history of a store")

// Build returns a store that has lived through changes: by revision and within
// one by Sub, as Pinned.Changes lists them. Those that a compaction has dropped
// may be missing. If a revision changes a key twice, the later change counts.
func Build(o Options, from Origin, changes iter.Seq2[Change, error]) (*Store, error) {
	b := &builder{Store: New(o), compacted: from.Compacted}
	for _, l := range from.Leases {
		if l.ID == 0 || l.TTL > MaxLeaseTTL || b.leases.Len() >= MaxLeases {
			return nil, fmt.Errorf("kv: build: lease %x of %d s: %w", uint64(l.ID), l.TTL, ErrHistory)
		}
		b.setLease(lease{id: l.ID, ttl: max(l.TTL, MinLeaseTTL)})
	}
	for c, err := range changes {
		if err == nil {
			err = b.take(c)
		}
		if err != nil {
			return nil, fmt.Errorf("kv: build: %w", err)
		}
	}
	if err := b.finish(from.Revision); err != nil {
		return nil, fmt.Errorf("kv: build: %w", err)
	}
	return b.Store, nil
}

// builder gathers the changes of one revision.
type builder struct {
	*Store
	compacted Revision
	same      []Change
}

func (b *builder) take(c Change) error {
	if len(b.same) > 0 && b.same[0].ModRevision != c.ModRevision {
		if err := b.relive(); err != nil {
			return err
		}
	}
	b.same = append(b.same, c)
	return nil
}

// relive executes the revision that was gathered. Its changes are numbered anew,
// so that there is no gap where one is missing.
func (b *builder) relive() error {
	main := b.same[0].ModRevision
	if main <= b.rev {
		return fmt.Errorf("revision %d after %d: %w", main, b.rev, ErrHistory)
	}
	b.rev = main - 1
	last := map[string]int{}
	for i, c := range b.same {
		last[string(c.Key)] = i
	}
	for i := range b.same {
		if c := &b.same[i]; last[string(c.Key)] == i {
			if err := b.change(c); err != nil {
				return fmt.Errorf("key %.80q at revision %d: %w", c.Key, main, err)
			}
		}
	}
	if len(b.txn) > 0 {
		b.commit()
	}
	b.rev, b.same = main, b.same[:0]
	return nil
}

func (b *builder) change(c *Change) error {
	before, existed := b.get(c.Key)
	switch {
	case len(c.Key) == 0:
		return ErrHistory
	case c.Deleted && existed:
		b.delete(before)
		return nil
	case c.Deleted && c.ModRevision <= b.compacted:
		return nil // what it deleted has been dropped already
	case c.Deleted || c.Version < 1 || c.CreateRevision < 1 || c.CreateRevision > c.ModRevision:
		return ErrHistory
	}
	f := fields{main: c.ModRevision, sub: uint64(len(b.txn)), create: c.CreateRevision, count: c.Version, lease: c.Lease}
	var held LeaseID
	if existed {
		held = before.fields().lease
	}
	b.replace(&f, c.Key, c.Value, before)
	b.attached.move(c.Key, held, c.Lease)
	return nil
}

func (b *builder) finish(newest Revision) (err error) {
	if len(b.same) > 0 {
		if err := b.relive(); err != nil {
			return err
		}
	}
	b.rev = max(b.rev, newest)
	if b.state.compacted = b.compacted; b.compacted > b.rev {
		return fmt.Errorf("compacted to %d, and the newest revision is %d: %w", b.compacted, b.rev, ErrHistory)
	}
	b.attached.tree.Scan(func(a attached) bool {
		if !b.leaseExists(a.lease) {
			err = fmt.Errorf("key %.80q hangs on lease %x, which there is not: %w", a.key, uint64(a.lease), ErrHistory)
		}
		return err == nil
	})
	return err
}
