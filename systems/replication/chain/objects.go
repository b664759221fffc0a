package chain

import (
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// objects counts the versions that are held and not known to be committed (CRAQ
// §2.3). An object is dirty while it has any; its clean version is in the state
// machine.
type objects struct {
	of    func(command []byte) (objects []string, all bool)
	dirt  map[string]int
	any   int // entries that may touch every object
	total int // entries
}

func newObjects(of func([]byte) ([]string, bool)) objects {
	if of == nil {
		of = func([]byte) ([]string, bool) { return nil, true }
	}
	return objects{of: of, dirt: map[string]int{}}
}

// dirty tells whether an object, or with Everything any, has a version that is not
// known to be committed.
func (o *objects) dirty(object string) bool {
	if object == Everything {
		return o.total > 0
	}
	return o.any > 0 || o.dirt[object] > 0
}

// versions returns how many versions of an object are dirty, at most.
func (o *objects) versions(object string) int {
	if object == Everything {
		return o.total
	}
	return o.any + o.dirt[object]
}

func (o *objects) appended(_ rsm.Index, e *relay.Entry) { o.count(e, 1) }
func (o *objects) executed(_ rsm.Index, e *relay.Entry) { o.count(e, -1) }

func (o *objects) count(e *relay.Entry, n int) {
	names, all := o.of(e.Data)
	o.total += n
	if all {
		o.any += n
		return
	}
	for _, name := range names {
		if o.dirt[name] += n; o.dirt[name] == 0 {
			delete(o.dirt, name)
		}
	}
}

// recount begins anew with the entries that are not known to be committed.
func (o *objects) recount(entries []relay.Entry) {
	clear(o.dirt)
	o.any, o.total = 0, 0
	for i := range entries {
		o.count(&entries[i], 1)
	}
}

// Dirty returns how many objects have versions here that are not known to be
// committed, and how many such versions there are.
func (r *Replica) Dirty() (objects, versions int) { return len(r.objects.dirt), r.objects.total }
