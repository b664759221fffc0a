package pbfttest

import (
	"strings"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Vault is a ledger that keeps clients' data apart: a client may write what lies
// under the name of its host, and rubbish it gets refused.
type Vault struct {
	*rsmtest.Ledger
	Refused int
}

// refused is the result of an operation that was not allowed, or not understood.
var refused = Encode(&rsmtest.Got{Value: "refused"})

// ApplyFor executes an operation if its client may.
func (v *Vault) ApplyFor(client node.Addr, index rsm.Index, op []byte) []byte {
	var o rsmtest.Op
	if wire.UnmarshalBody(op, &o) != nil || !strings.HasPrefix(o.Key, client.Host()+"/") && o.ID != Probe {
		v.Refused++
		return refused
	}
	return v.Ledger.Apply(index, op)
}

// Apply executes what can be read, whoever asks.
func (v *Vault) Apply(index rsm.Index, op []byte) []byte {
	if wire.UnmarshalBody(op, &rsmtest.Op{}) != nil {
		return refused
	}
	return v.Ledger.Apply(index, op)
}

// Value returns what is at a key.
func (v *Vault) Value(key string) string { return v.Query(&rsmtest.Get{Key: key}).(*rsmtest.Got).Value }
