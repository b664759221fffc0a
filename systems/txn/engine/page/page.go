package page

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/parleysystems/parley/node"
)

// ID is the number of a page: its offset in the file over the page size. Page 0
// is the meta page, so 0 stands for none in links.
type ID uint32

// Kind says what a page is used for.
type Kind uint8

// The kinds of pages. A page of zeroes was never written.
const (
	Unwritten Kind = iota
	Meta
	Leaf
	Inner
	Overflow
	Free
)

func (k Kind) String() string {
	names := [...]string{"unwritten", "meta", "leaf", "inner", "overflow", "free"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Sizes, in bytes.
const (
	MinSize    = 512
	MaxSize    = 32 << 10
	headerSize = 32
	slotSize   = 8
)

// ValidSize tells whether pages may have this size.
func ValidSize(size int) bool { return size >= MinSize && size <= MaxSize && size&(size-1) == 0 }

// Page is the bytes of a page.
type Page []byte

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Kind returns what the page is used for.
func (p Page) Kind() Kind { return Kind(p[4]) }

// Level returns the height of a node above the leaves.
func (p Page) Level() int { return int(p[5]) }

// Count returns the number of cells.
func (p Page) Count() int { return int(binary.LittleEndian.Uint16(p[6:])) }

// LSN returns the number of the last record that was applied.
func (p Page) LSN() node.LSN { return node.LSN(binary.LittleEndian.Uint64(p[8:])) }

// SetLSN notes that the record of that number has been applied.
func (p Page) SetLSN(lsn node.LSN) { binary.LittleEndian.PutUint64(p[8:], uint64(lsn)) }

// ID returns which page it says it is.
func (p Page) ID() ID { return ID(binary.LittleEndian.Uint32(p[16:])) }

// Link returns the leftmost child of an inner page, and the next page of one that is
// free or part of an overflow chain.
func (p Page) Link() ID { return ID(binary.LittleEndian.Uint32(p[20:])) }

// LinkOffset is where the link lies, for changes of just that.
const LinkOffset = 20

func (p Page) heap() int   { return int(binary.LittleEndian.Uint16(p[24:])) }
func (p Page) dead() int   { return int(binary.LittleEndian.Uint16(p[26:])) }
func (p Page) length() int { return int(binary.LittleEndian.Uint32(p[28:])) }

func (p Page) setCount(n int) { binary.LittleEndian.PutUint16(p[6:], uint16(n)) }
func (p Page) setHeap(n int)  { binary.LittleEndian.PutUint16(p[24:], uint16(n)) }
func (p Page) setDead(n int)  { binary.LittleEndian.PutUint16(p[26:], uint16(n)) }

// Body returns the contents of a meta or overflow page.
func (p Page) Body() []byte { return p[headerSize:][:p.length()] }

// BodyRoom returns how many bytes the body of a page of that size can hold.
func BodyRoom(size int) int { return size - headerSize }

// BodyOffset is where the body begins, for changes of a part of it.
const BodyOffset = headerSize

// Seal stamps the page with its checksum, before it is written.
func (p Page) Seal() { binary.LittleEndian.PutUint32(p, p.sum()) }

func (p Page) sum() uint32 { return crc32.Checksum(p[4:], castagnoli) }

// DamageError says that a page cannot be used as it was read.
type DamageError struct {
	File   string
	ID     ID
	Reason string
	Err    error // what the disk said, or nil
}

func (e *DamageError) Error() string {
	s := fmt.Sprintf("page %d of %s is damaged: %s", e.ID, e.File, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *DamageError) Unwrap() error { return e.Err }

// Blank tells whether nothing was ever written to the page.
func (p Page) Blank() bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}

// Check says what is wrong with a page that was read as number id: empty if
// nothing is. It looks at the checksum first, and then does not trust it.
func (p Page) Check(id ID) (damage string) {
	//parley:rule wal.buffer.pages force=false
	if p.sum() != binary.LittleEndian.Uint32(p) {
		return "its checksum does not match its contents"
	}
	if p.ID() != id {
		return fmt.Sprintf("it says that it is page %d", p.ID())
	}
	return p.malformed()
}

// malformed checks all that other methods take for granted (P1, P2).
func (p Page) malformed() string {
	switch p.Kind() {
	case Meta, Overflow, Free:
		if p.length() > BodyRoom(len(p)) || p.Count() != 0 {
			return "its body is longer than the page"
		}
		return ""
	case Leaf, Inner:
	default:
		return fmt.Sprintf("it is of %v", p.Kind())
	}
	if headerSize+slotSize*p.Count() > p.heap() || p.heap() > len(p) {
		return "its slots and cells overlap"
	}
	used := 0
	for i := range p.Count() {
		offset, length := p.slot(i)
		if offset < p.heap() || offset+length > len(p) || !Sound(p.Kind(), p[offset:offset+length]) {
			return fmt.Sprintf("cell %d is malformed", i)
		}
		if p.head(i) != headOf(p.Key(i)) {
			return fmt.Sprintf("slot %d does not have the head of its key", i)
		}
		if i > 0 && string(p.Key(i-1)) >= string(p.Key(i)) {
			return fmt.Sprintf("keys %d and %d are out of order", i-1, i)
		}
		used += length
	}
	if p.heap()+used+p.dead() != len(p) {
		return "its cells do not add up"
	}
	return ""
}

// Sound tells whether a cell is one that a page of that kind may have.
func Sound(kind Kind, cell []byte) bool {
	if len(cell) < 2 || len(cell) < 2+keyLength(cell) {
		return false
	}
	rest := len(cell) - 2 - keyLength(cell)
	switch {
	case kind == Inner:
		return rest == 4
	case IsOverflow(cell):
		return rest == 8
	}
	return kind == Leaf
}
