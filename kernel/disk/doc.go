// Package disk is where kernels keep bytes: a small interface of files, one
// implementation on the operating system, and one in memory that fails the way
// that disks do.
//
// # What a crash leaves
//
// All of the project's durability rests on this contract, which both
// implementations keep and no caller may assume more than:
//
//	operation                      durable after
//	WriteAt, Truncate,             File.Sync of that file, if it
//	Preallocate                    began after the operation returned
//	Create, Remove, Rename         SyncDir of the name's directory
//
// Before that, a loss of power keeps any of the 512-byte sectors written and
// none of the others, the old or the new length, and of the changes to
// directories any prefix. Within a sector there is the old or the new, but a
// sector may rot later, or become unreadable. A Sync that failed is final: the
// system may have dropped the data and forgotten about it, so the file goes on
// failing (the "fsyncgate" of 2018).
//
// The end of a process is not a loss of power: what it wrote is in the cache
// of the system, is read back by its successor, and may still be lost by a
// later loss of power. Faulty tells Kill from Crash for this reason.
//
// # The two disks
//
// OS is a directory of the operating system that names cannot leave; Lock makes
// sure that one process has it. Faulty is a sparse disk in memory: an inode
// keeps what readers see, and a list that takes back each change since the last
// sync; a crash draws which of them to take back. Both are safe for several
// goroutines.
package disk
