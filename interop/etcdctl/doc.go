// Package etcdctl drives Debian's etcdctl, unchanged, against three real hosts.
//
// What a command must print is in testdata: transcripts that a person can read.
// They were recorded from etcd itself and can be recorded again:
//
//	PARLEY_INTEROP_ETCD=/usr/bin/etcd go test -tags interop ./interop/etcdctl -run Transcripts -update
//
// so a difference between the door and etcd is a difference in this text. A
// transcript begins with an empty cluster, and its n-th command talks to host n
// modulo 3:
//
//	# A comment.
//	$ put k v        what is given to a shell, behind the word etcdctl
//	< line           standard input
//	OK               output and errors
//	exit 1           the status, unless it is 0
//
// Numbers that no two runs share have names instead: member and lease IDs are
// ID1, ID2 in the order of their appearance, and commands may use them.
//
// Without etcdctl the tests are skipped, unless PARLEY_ETCDCTL=required.
package etcdctl
