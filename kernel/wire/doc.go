// Package wire encodes plain structs: messages between nodes, records of logs,
// commands of state machines. One value has one encoding, so its bytes can be
// hashed, signed and compared; and versions of a program that differ can talk.
//
//	type Vote struct {
//		Term    Term `wire:"1"`
//		Granted bool `wire:"2"`
//	}
//
//	var _ = wire.Register[Vote]("raft.Vote")
//
//	b, err := wire.Marshal(&Vote{Term: 300, Granted: true})
//	m, err := wire.Unmarshal(b) // a *Vote
//
// # Layout
//
// A message is the id of its type and a body. The id is the FNV-1a hash of the
// registered name; Register panics if two names share one. AppendBody and
// UnmarshalBody leave it out where the type is known.
//
//	0            4      5           7      8
//	| id of type | 0x08 | 0xac 0x02 | 0x10 | 0x01 |
//	  big endian   tag    300         tag    true
//
// The body is a message in the wire format of protobuf, and any tool for that
// format can read it. A tag is a varint, field number<<3 | wire type, and says
// where the field ends:
//
//	wire type   Go type                      value
//	0 varint    bool                         1
//	            uint, uint8 ... uint64       varint
//	            int, int8 ... int64          zigzag varint (sint64)
//	1 fixed64   float64                      8 bytes, little endian
//	5 fixed32   float32                      4 bytes, little endian
//	2 counted   string, []byte, [n]byte      length, bytes
//	            []bool, numbers in a slice   length, the values without tags
//	            struct                       length, its body
//	            time.Time                    length, {1: Unix seconds (sint64), 2: nanoseconds}
//	            interface                    length, id of type, body
//	(any)       *T                           as T; nil is absent, a zero T is not
//	(many)      []T of what is counted       one field for each element
//	            map[K]V                      one field {1: key, 2: value} for each entry
//
// Named types are what they are made of: a time.Duration is an int64. Elements
// and entries may be structs or pointers to them, but not slices or maps of
// such: those need a struct of their own. Every field has a tag wire:"N", or
// wire:"-" if it stays behind; a blank field with a number reserves it.
//
// # Rules
//
// Unmarshal accepts what Append writes and refuses the rest, with an error that
// names type, field, offset and reason:
//
//   - I1. Fields stand in the order of their numbers. Each comes once, but for
//     the elements of a slice and the entries of a map.
//   - I2. Varints have their shortest form.
//   - I3. A value fits the type of its field.
//   - I4. A field with the zero value of its type is absent. Elements of slices
//     are always present.
//   - I5. The entries of a map stand in the order of their keys.
//   - I6. Hence Marshal(Unmarshal(b)) equals b, unless b has unknown fields.
//
// What goes beyond plain values does not survive: an empty slice or map comes
// back as nil, a time in UTC and without its monotonic reading, two pointers to
// one struct as two structs.
//
// # Versions
//
// Unknown fields are skipped, whatever they hold, and do not come back when the
// message is encoded again. So sign and hash bytes, keep them beside the
// message, and verify the bytes that came; who must refuse unknown fields
// compares them with Marshal of what was read.
//
// A field may be added under a new number, or removed when its number is kept
// reserved. Its type may not change, but for the width of an integer, which
// limits the values that are accepted. A type keeps its name for ever; one that
// the receiver does not know gives ErrUnregistered.
//
// # Bounds
//
// A message has at most MaxSize bytes, nests at most MaxDepth deep, and takes
// at most MaxMemory to decode. Lengths are checked against what is left of the
// input, and elements are counted, before anything is allocated.
//
// # Memory
//
// Append allocates nothing but room in its destination (and for maps, which
// must be sorted). Unmarshal and UnmarshalBody copy: what they return shares
// nothing with the input. Their Alias forms point into the input instead, for
// who gives its buffer away: a connection that reads each frame into a buffer
// of its own, a log whose records nobody overwrites.
//
// # By hand
//
// A type is encoded by a plan that is made of its tags once: a list of offsets
// and functions, no reflection per message. A hot message may have an
// AppendWire and a ReadWire of its own (Codec), made of the Append functions
// and of Reader, which saves a third of the time to encode. It gives the same
// bytes and refuses the same inputs, since both ways stand on one Reader;
// wiretest.Codec verifies that. bench/wire compares both with protobuf's
// generated code and with CBOR.
package wire
