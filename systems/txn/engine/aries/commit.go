package aries

import (
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Commit appends the commit record and calls done once it is durable: that, and
// no earlier moment, is when the transaction has committed. A transaction without
// records has nothing to make durable. Finish has to be called as well.
func (m *Manager) Commit(t *Txn, done func()) {
	if t.First == 0 {
		t.State = Ended
		done()
		return
	}
	r := Record{Kind: Commit, Txn: t.ID}
	for _, p := range t.frees {
		r.Frees = append(r.Frees, p.first)
	}
	m.append(t, &r)
	m.stats.Commits++
	t.freeing = progress{chains: r.Frees}
	//parley:rule wal.rule.commit-needs-forced-log aries.commit.protocol wal.acid.durability wal.challenge.volatile-disk-caches force=false
	if m.durable < t.Last {
		m.WhenDurable(func() { m.committed(t, done) })
		return
	}
	m.committed(t, done)
}

func (m *Manager) committed(t *Txn, done func()) {
	t.durable = true
	m.end(t)
	done()
}

// end logs the end of a transaction when all is done for it. Nobody waits for
// that record: the commit point was the commit record.
func (m *Manager) end(t *Txn) {
	if t.durable && t.freeing.over() && t.State == Committing {
		m.append(t, &Record{Kind: End, Txn: t.ID})
	}
}

// progress tells how far the chains of a committed transaction are given back.
type progress struct {
	chains []page.ID
	at     int
	rest   page.ID // the next page of chains[at], once its first is gone
}

func (p *progress) over() bool { return p.at >= len(p.chains) }

// note moves past a page that a Freed record gave back.
func (p *progress) note(r *Record) {
	p.at, p.rest = r.Chain, r.Rest
	if r.Rest == 0 {
		p.at++
	}
}

// next returns the page to give back now.
func (p *progress) next() page.ID {
	if p.rest != 0 {
		return p.rest
	}
	return p.chains[p.at]
}

// Finish gives back the chains that the committed transaction has cut off, page by
// page, behind the commit record: nobody can need them after it, and if a crash
// takes the commit record it takes these records too. After a ticket it has to be
// called again. A restart calls it for transactions that had not got so far.
func (m *Manager) Finish(t *Txn) error {
	for t.State == Committing && !t.freeing.over() {
		if err := m.pool.Begin(2); err != nil {
			return err
		}
		id := t.freeing.next()
		f, err := m.pool.Fix(id, false)
		if err != nil {
			return err
		}
		changes, err := FreePage(m.pool, f)
		if err != nil {
			return err
		}
		r := Record{Kind: Freed, Txn: t.ID, Chain: t.freeing.at, Rest: f.Link(), Changes: changes}
		m.write(t, &r)
		t.freeing.note(&r)
	}
	m.end(t)
	return nil
}

// The meta page's body, as far as it changes: offsets within the page.
const (
	// MetaPage is where the list of free pages begins, and how many pages there
	// are.
	MetaPage page.ID = 0
	// MetaFree is the first page of the list, MetaCount the number of pages.
	MetaFree  = page.BodyOffset
	MetaCount = page.BodyOffset + 4
	// MetaBody is the length of the body.
	MetaBody = 8
)

// FreePage returns the changes that put a page on the list of free ones.
func FreePage(p *pool.Pool, f *pool.Frame) ([]Change, error) {
	meta, err := p.Fix(MetaPage, false)
	if err != nil {
		return nil, err
	}
	head := Field(meta, MetaFree)
	return []Change{
		{Page: f.ID(), Frame: f, Op: Format, Was: f.Image(), Becomes: page.Image{Kind: page.Free, Link: page.ID(head)}},
		SetField(meta, MetaFree, uint32(f.ID())),
	}, nil
}
