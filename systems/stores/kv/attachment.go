package kv

import "github.com/tidwall/btree"

// attachment knows the keys of each lease. It can be told from the live
// versions, so captures leave it out.
type attachment struct{ tree *btree.BTreeG[attached] }

type attached struct {
	lease LeaseID
	key   string // a copy
}

func newAttachment() attachment {
	return attachment{btree.NewBTreeGOptions(func(a, b attached) bool {
		return a.lease < b.lease || a.lease == b.lease && a.key < b.key
	}, btree.Options{NoLocks: true})}
}

// move takes a key from one lease to another; 0 is none.
func (a *attachment) move(key []byte, from, to LeaseID) {
	if from == to {
		return
	}
	if from != 0 {
		a.tree.Delete(attached{from, text(key)})
	}
	if to != 0 {
		a.tree.Set(attached{to, string(key)})
	}
}

// keys lists the keys of a lease in ascending order.
func (a *attachment) keys(id LeaseID) (keys []string) {
	a.tree.Ascend(attached{lease: id}, func(item attached) bool {
		if item.lease == id {
			keys = append(keys, item.key)
		}
		return item.lease == id
	})
	return keys
}
