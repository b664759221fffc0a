// Package page is the unit that the engine reads, writes and logs changes of: a
// block of bytes with a checksum, the LSN of the last record applied to it
// (ARIES' pageLSN), and cells behind an array of slots.
//
//	+-------------------------+ 0
//	| checksum              4 | CRC32C of all that follows
//	| kind 1  level 1  count 2| leaves have level 0; count of slots
//	| lsn                   8 | of the last record applied
//	| id                    4 | a page in the place of another is found out
//	| link                  4 | inner: leftmost child; overflow, free: the next page
//	| heap 2  dead 2          | start of the cells; bytes of theirs that are garbage
//	| length                4 | of the body of an overflow or meta page
//	+-------------------------+ 32
//	| slots: offset 2 length 2| in the order of keys
//	|        head 4           | the key's first four bytes as a number
//	|           ...           |
//	| cells                   | in any order, growing downwards
//	+-------------------------+ size: a power of two, 512 to 32,768
//
//	cell of a leaf    | overflow:1 length of key:15 | key | value |
//	cell of an inner  |            length of key 16 | key | child 4 |
//	overflow value    | length 4 | first page 4 |
//
// Integers are little-endian. A page never points into another page's bytes, and
// changes are addressed by slot, not by offset: two pages with equal cells are
// the same to the log, wherever the cells lie.
//
//	P1  32 + 8*count <= heap, and the cells are those bytes from heap on that
//	    are not dead.
//	P2  Keys of the slots increase strictly.
package page
