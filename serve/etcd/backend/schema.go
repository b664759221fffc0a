package backend

import (
	"encoding/binary"
	"encoding/json"

	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/parleysystems/parley/systems/stores/kv"
)

var (
	keyBucket   = []byte("key")
	metaBucket  = []byte("meta")
	leaseBucket = []byte("lease")
	alarmBucket = []byte("alarm")
	authBucket  = []byte("auth")

	buckets = [][]byte{
		keyBucket, metaBucket, leaseBucket, alarmBucket,
		[]byte("members"), []byte("members_removed"), []byte("cluster"),
		authBucket, []byte("authUsers"), []byte("authRoles"),
	}
)

// confState is raftpb.ConfState in the JSON that etcd keeps it in.
type confState struct {
	Voters    []uint64 `json:"voters"`
	AutoLeave bool     `json:"auto_leave"`
}

// putMeta writes where the log stands. Of a compaction all that it leaves out is
// left out of the file, too, or harmless, so that it counts as finished.
func putMeta(b *bbolt.Bucket, store *kv.Pinned, at Progress) error {
	conf, err := json.Marshal(confState{Voters: at.Voters})
	if err != nil {
		return err
	}
	meta := map[string][]byte{
		"consistent_index": number(at.Index), "term": number(at.Term), "confState": conf,
	}
	if r := store.CompactRevision(); r >= 0 {
		meta["scheduledCompactRev"], meta["finishedCompactRev"] = revisionKey(r, 0, false), revisionKey(r, 0, false)
	}
	for key, value := range meta {
		if err := b.Put([]byte(key), value); err != nil {
			return err
		}
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// leaseValue is leasepb.Lease: ID = 1, TTL = 2, RemainingTTL = 3 (left out: all of
// it).
func leaseValue(id kv.LeaseID, ttl int64) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(id))
	return protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(ttl))
}
