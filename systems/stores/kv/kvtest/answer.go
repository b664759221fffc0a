package kvtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// sameAnswer compares what two stores say of the keys.
func sameAnswer(a, b *kv.Result) bool {
	return samePut(a.Put, b.Put) && sameDeleted(a.DeleteRange, b.DeleteRange) && sameTxn(a.Txn, b.Txn)
}

func samePut(a, b *kv.PutResult) bool {
	if a == nil || b == nil {
		return a == b
	}
	return (a.Prev == nil) == (b.Prev == nil) && (a.Prev == nil || same(a.Prev, b.Prev))
}

func sameDeleted(a, b *kv.Deleted) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Count == b.Count && samePairs(a.Prev, b.Prev)
}

func sameRange(a, b *kv.RangeResult) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.More == b.More && a.Count == b.Count && a.Revision == b.Revision && a.Err == b.Err && samePairs(a.KVs, b.KVs)
}

func samePairs(a, b []kv.KeyValue) bool {
	return slices.EqualFunc(a, b, func(p, q kv.KeyValue) bool { return same(&p, &q) })
}

func sameTxn(a, b *kv.TxnResult) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Succeeded == b.Succeeded && slices.EqualFunc(a.Results, b.Results, func(p, q kv.OpResult) bool {
		return p.Revision == q.Revision && sameRange(p.Range, q.Range) && samePut(p.Put, q.Put) &&
			sameDeleted(p.DeleteRange, q.DeleteRange) && sameTxn(p.Txn, q.Txn)
	})
}

// show writes an answer out, for people.
func show(r *kv.Result) string {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Sprintf("%+v", *r)
	}
	return string(b)
}
