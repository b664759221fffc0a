package node

import "iter"

// LSN numbers the records of one stream: 1, 2, 3, and so on for ever. The zero
// LSN stands for none.
type LSN uint64

// Log is one named stream of the host's write-ahead log.
//
// There is no Sync: the kernel makes appended records durable with one
// fdatasync for many steps of many services, and holds back whatever was sent
// after them (Env.Send). There are no write errors either: a host whose log
// cannot be written stops, since it could keep no promise any more. A crash
// keeps a prefix of what was appended, over all streams of the host.
type Log interface {
	// Append adds a record and returns its number. It copies record, which may
	// be empty. Records larger than 64 MiB are a bug of the caller and panic.
	Append(record []byte) LSN

	// First returns the number of the oldest record kept, Next the one that
	// Append will give. The stream is empty when they are equal.
	First() LSN
	Next() LSN

	// Records reads the stream back from the record numbered from (or First,
	// if that is later). The slice is valid until the current event ends; who
	// keeps it copies it. Checksums were verified: what cannot be read as
	// it was written halts the host instead of being returned.
	Records(from LSN) iter.Seq2[LSN, []byte]

	// Trim says that records before the given one are no longer needed. Their
	// space is given back when the kernel sees fit, but not before all that was
	// appended earlier is durable: a checkpoint may be appended and what it
	// replaces trimmed in one event.
	Trim(before LSN)
}
