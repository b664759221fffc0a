package mvcc

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Timestamp orders transactions by their beginnings; zero is before all.
type Timestamp uint64

// version is one value that an object had.
type version struct {
	writeTS, readTS Timestamp
	value           []byte
	there           bool // false: there was no such key
	by              *Txn // who is to commit it; nil once that is done
}

// object is a key, there or not, and its versions in the order of their WriteTS. The
// first stands for what was in the store when the object was first looked at.
type object struct {
	key      string
	versions []*version
	written  bool // there are, or were, others than the first
}

// overhead is about what a version takes beside its value, in bytes.
const overhead = 96

func (v *version) size() int { return overhead + len(v.value) }

// at returns the position of the version with the largest WriteTS not above a
// timestamp; -1 if it was dropped.
func (o *object) at(ts Timestamp) int {
	i := len(o.versions) - 1
	for i >= 0 && o.versions[i].writeTS > ts {
		i--
	}
	return i
}

// newer tells whether a committed version follows the one at a position.
func (o *object) newer(i int) bool {
	return slices.ContainsFunc(o.versions[i+1:], func(v *version) bool { return v.by == nil })
}

// object returns a key's object, with what the store holds for its first version:
// that is committed, and older than all who run, or the object would be known.
func (s *Scheme) object(key []byte) (*object, error) {
	if o := s.objects.Get(key); o != nil {
		return o, nil
	}
	value, found, err := s.store.Get(key)
	if err != nil {
		return nil, err
	}
	o := s.spent.objects.Take()
	o.key = s.text.Copy(key)
	o.versions = append(o.versions, s.spent.version(value, found))
	s.objects.Set(o.key, o)
	s.memory += o.versions[0].size() + len(o.key)
	return o, nil
}

// prune drops versions of an object that nobody can read who is not before the
// horizon, and the object itself if the store's state says as much (M5).
func (s *Scheme) prune(o *object, horizon Timestamp) {
	if len(o.versions) == 0 {
		return // it was forgotten before
	}
	for len(o.versions) > 1 {
		next := o.versions[1]
		//parley:rule mvcc.versions.reads-never-rejected value=next.by==nil
		superseded := next.by == nil && next.writeTS <= horizon
		if !superseded {
			break
		}
		s.memory -= o.versions[0].size()
		s.spent.takeBack(o.versions[0])
		o.versions = slices.Delete(o.versions, 0, 1)
	}
	if v := o.versions[0]; len(o.versions) == 1 && v.by == nil && v.writeTS < horizon && v.readTS < horizon {
		s.forget(o)
	}
}

// forget forgets an object of which there is one version.
func (s *Scheme) forget(o *object) {
	s.objects.Delete(o.key)
	if s.written != nil && o.written {
		s.written.Delete(o.key)
	}
	if s.objects.Len() == 0 {
		s.written = nil
	}
	s.memory -= o.versions[0].size() + len(o.key)
	s.spent.takeBack(o.versions[0])
	s.spent.forget(o)
}

// order returns the objects that were written in the order of their keys.
func (s *Scheme) order() *btree.Map[string, *object] {
	if s.written == nil {
		s.written = new(btree.Map[string, *object])
		for key, o := range s.objects.All() {
			if o.written {
				s.written.Set(key, o)
			}
		}
	}
	return s.written
}

// insert puts a pending version behind position i.
func (s *Scheme) insert(o *object, i int, v *version) {
	o.versions = slices.Insert(o.versions, i+1, v)
	if o.written = true; s.written != nil {
		s.written.Set(o.key, o)
	}
	s.memory += v.size()
}

// remove takes a version away whose writer was aborted.
func (s *Scheme) remove(o *object, v *version) {
	if i := slices.Index(o.versions, v); i >= 0 {
		o.versions = slices.Delete(o.versions, i, i+1)
		s.memory -= v.size()
		s.spent.takeBack(v)
	}
}

// Version is what there is to see of a version.
type Version struct {
	WriteTS, ReadTS Timestamp
	Committed       bool
}

// Versions returns those of a key that are kept, in their order.
func (s *Scheme) Versions(key string) (all []Version) {
	o := s.objects.Of(key)
	if o == nil {
		return nil
	}
	for _, v := range o.versions {
		all = append(all, Version{v.writeTS, v.readTS, v.by == nil})
	}
	return all
}

// errGone is why a read finds no version. It does not happen to transactions that
// run (M5).
func errGone(key []byte) error { return &scheme.Abort{Reason: "version is no longer kept", Key: key} }
