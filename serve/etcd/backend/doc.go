// Package backend writes a store as the database of an etcd member: the file that
// `etcdctl snapshot save` is to bring home, that `etcdutl snapshot restore` makes a
// member of, and that the file db in a member's directory is. And it reads one, so
// that a cluster may go on where one of etcd's has ended.
//
// The file is one of bbolt. Its buckets, as etcd 3.4 to 3.7 name and read them:
//
//	key        revision → mvccpb.KeyValue; of a deletion the key alone
//	lease      ID, 8 bytes big endian → leasepb.Lease
//	alarm      etcdserverpb.AlarmMember → nothing
//	meta       consistent_index, term, confState, scheduledCompactRev,
//	           finishedCompactRev
//	members, members_removed, cluster, auth, authUsers, authRoles
//	           empty: who restores the file says who the members are
//
// A revision is 8 bytes of main revision, '_', 8 bytes of sub revision, and 't' if
// it is a deletion, big endian.
//
// Sources: server/storage/schema and server/storage/mvcc/revision.go of etcd 3.7.
package backend
