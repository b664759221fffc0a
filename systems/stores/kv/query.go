package kv

// The questions that Store.Query answers, and the types of the answers:
//
//	*Range       *RangeResult
//	*Txn         *Result        read-only (see Txn.ReadOnly); anything else is refused
//	*TimeToLive  *LeaseStatus
//	ListLeases  []LeaseID      ascending
//	ListAlarms  []Alarm
//	GetStatus   *Status
//	Pin          *Pinned        which answers Range, HashKV and WriteTo off the loop

// TimeToLive asks for a lease.
type TimeToLive struct {
	ID   LeaseID
	Keys bool // list the attached keys
}

// LeaseStatus is a lease as the replicated state knows it. How much of its
// time is left knows the host that leads, see Expiry.
type LeaseStatus struct {
	Err        Refusal // ErrLeaseNotFound
	ID         LeaseID
	TTL        int64  // granted, seconds
	Generation uint64 // index of the command that granted or renewed it last
	Keys       [][]byte
	Revision   Revision
}

// ListLeases asks for the IDs of all leases.
type ListLeases struct{}

// ListAlarms asks for the active alarms.
type ListAlarms struct{}

// GetStatus asks for the size and age of the store.
type GetStatus struct{}

// Status is the answer to GetStatus.
type Status struct {
	Revision        Revision
	CompactRevision Revision // reads before it are refused; -1 if there was no compaction
	Keys            int      // that exist now
	Versions        int      // kept in all, with those that are still readable in the past
	Bytes           int64    // of all versions, as the quota counts them
	Quota           int64    // 0 for none
	Leases          int
	Watchers        int
	Alarms          []Alarm
}

// HashKV asks a Pinned for a hash of all that can be read at a revision.
type HashKV struct {
	Revision Revision // 0 for the newest
}

// HashResult is the answer to HashKV. Replicas with equal CompactRevision have
// equal Hash at equal Revision.
type HashResult struct {
	Err             Refusal
	Hash            uint32
	Revision        Revision // that was hashed
	CompactRevision Revision
	StoreRevision   Revision
}
