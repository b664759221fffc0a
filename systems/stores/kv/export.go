package kv

import "iter"

// Change is what one revision did to one key: a version as other stores know it.
type Change struct {
	KeyValue        // of a deletion only Key and ModRevision
	Sub      uint64 // place within the revision, from 0
	Deleted  bool
}

// Changes lists every version that is kept, in the order in which they were
// made. It sorts them first, which takes 24 bytes a version.
func (p *Pinned) Changes() iter.Seq[Change] {
	all := p.state
	all.trimmed = place{}
	log := all.changeLog()
	return func(yield func(Change) bool) {
		for i := range log.len() {
			f := log.at(i).fields()
			c := Change{KeyValue: log.at(i).pair(), Sub: f.sub, Deleted: f.deleted}
			if !yield(c) {
				return
			}
		}
	}
}

// Leases lists the leases by ID, with the seconds that each was granted.
func (p *Pinned) Leases() iter.Seq2[LeaseID, int64] {
	return func(yield func(LeaseID, int64) bool) {
		p.leases.Scan(func(l lease) bool { return yield(l.id, l.ttl) })
	}
}

// Alarms lists the active alarms. Nobody changes the list.
func (p *Pinned) Alarms() []Alarm { return p.alarms }

// CompactRevision is the revision before which reads are refused, -1 if there was
// no compaction.
func (p *Pinned) CompactRevision() Revision { return p.compacted }
