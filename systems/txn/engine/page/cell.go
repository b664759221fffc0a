package page

import (
	"encoding/binary"
	"fmt"
)

const overflowBit = 1 << 15

func keyLength(cell []byte) int {
	return int(binary.LittleEndian.Uint16(cell) &^ overflowBit)
}

// LeafCell appends the cell of a key with its value to b.
func LeafCell(b, key, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(key)))
	b = append(b, key...)
	return append(b, value...)
}

// OverflowCell appends the cell of a key whose value of that length lies in a
// chain of pages.
func OverflowCell(b, key []byte, length int, first ID) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(key))|overflowBit)
	b = append(b, key...)
	b = binary.LittleEndian.AppendUint32(b, uint32(length))
	return binary.LittleEndian.AppendUint32(b, uint32(first))
}

// InnerCell appends the cell of a child that holds the keys from key on.
func InnerCell(b, key []byte, child ID) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(key)))
	b = append(b, key...)
	return binary.LittleEndian.AppendUint32(b, uint32(child))
}

// CellKey returns the key of a cell.
func CellKey(cell []byte) []byte { return cell[2:][:keyLength(cell)] }

// CellValue returns the value of a leaf's cell that is not in an overflow chain.
func CellValue(cell []byte) []byte { return cell[2+keyLength(cell):] }

// CellChild returns the child of an inner page's cell.
func CellChild(cell []byte) ID {
	return ID(binary.LittleEndian.Uint32(cell[2+keyLength(cell):]))
}

// IsOverflow tells whether the value of a leaf's cell lies in a chain of pages.
func IsOverflow(cell []byte) bool { return cell[1]&(overflowBit>>8) != 0 }

// CellOverflow returns the length and the first page of such a value.
func CellOverflow(cell []byte) (length int, first ID) {
	at := cell[2+keyLength(cell):]
	return int(binary.LittleEndian.Uint32(at)), ID(binary.LittleEndian.Uint32(at[4:]))
}

func (p Page) slot(i int) (offset, length int) {
	s := p[headerSize+slotSize*i:]
	return int(binary.LittleEndian.Uint16(s)), int(binary.LittleEndian.Uint16(s[2:]))
}

func (p Page) setSlot(i, offset, length int) {
	s := p[headerSize+slotSize*i:]
	binary.LittleEndian.PutUint16(s, uint16(offset))
	binary.LittleEndian.PutUint16(s[2:], uint16(length))
	binary.LittleEndian.PutUint32(s[4:], headOf(CellKey(p[offset:offset+length])))
}

// head returns the head of a slot's key, as the slot has it.
func (p Page) head(i int) uint32 {
	return binary.LittleEndian.Uint32(p[headerSize+slotSize*i+4:])
}

// headOf returns the first four bytes of a key as a number, as if zeroes followed a
// shorter one: of two keys with different heads, the one with the lesser head is
// less.
func headOf(key []byte) uint32 {
	if len(key) >= 4 {
		return binary.BigEndian.Uint32(key)
	}
	var b [4]byte
	copy(b[:], key)
	return binary.BigEndian.Uint32(b[:])
}

// Cell returns a cell, which is part of the page.
func (p Page) Cell(i int) []byte {
	offset, length := p.slot(i)
	return p[offset : offset+length : offset+length]
}

// Key returns the key of a cell.
func (p Page) Key(i int) []byte {
	s := p[headerSize+slotSize*i:]
	offset := int(binary.LittleEndian.Uint16(s))
	end := offset + 2 + int(binary.LittleEndian.Uint16(p[offset:])&^overflowBit)
	return p[offset+2 : end : end]
}

// Child returns the i-th child of an inner page: 0 is the leftmost, i the one of
// cell i-1.
func (p Page) Child(i int) ID {
	if i == 0 {
		return p.Link()
	}
	return CellChild(p.Cell(i - 1))
}

// Search returns the first slot whose key is not less than key, and whether it
// is equal. It looks at the heads in the slots, which lie close together, and at
// cells only where heads are equal.
func (p Page) Search(key []byte) (slot int, found bool) {
	head := headOf(key)
	low, high := 0, p.Count()
	for low < high {
		mid := int(uint(low+high) >> 1)
		h := p.head(mid)
		if h < head || h == head && string(p.Key(mid)) < string(key) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < p.Count() && p.head(low) == head && string(p.Key(low)) == string(key)
}

// ChildFor returns the index of the child of an inner page that key belongs to.
func (p Page) ChildFor(key []byte) int {
	slot, found := p.Search(key)
	if found {
		slot++
	}
	return slot
}

// Room returns the bytes that further cells and their slots may take.
func (p Page) Room() int {
	return p.heap() - headerSize - slotSize*p.Count() + p.dead()
}

// CellRoom returns the bytes that cells and their slots may take in an empty page of
// that size.
func CellRoom(size int) int { return size - headerSize }

// CellSize returns what a cell takes in a page, with its slot.
func CellSize(cell []byte) int { return len(cell) + slotSize }

// Splice takes out count cells from slot on and puts others in their place.
func (p Page) Splice(slot, count int, cells [][]byte) {
	if count == 1 && len(cells) == 1 {
		if offset, length := p.slot(slot); length == len(cells[0]) {
			copy(p[offset:], cells[0])
			p.setSlot(slot, offset, length)
			return
		}
	}
	p.remove(slot, count)
	p.insert(slot, cells)
}

func (p Page) remove(slot, count int) {
	if count == 0 {
		return
	}
	dead := p.dead()
	for i := slot; i < slot+count; i++ {
		_, length := p.slot(i)
		dead += length
	}
	slots := p[headerSize : headerSize+slotSize*p.Count()]
	copy(slots[slotSize*slot:], slots[slotSize*(slot+count):])
	p.setCount(p.Count() - count)
	p.setDead(dead)
	if p.Count() == 0 {
		p.setHeap(len(p))
		p.setDead(0)
	}
}

func (p Page) insert(slot int, cells [][]byte) {
	if len(cells) == 0 {
		return
	}
	need := slotSize * len(cells)
	for _, c := range cells {
		need += len(c)
	}
	if need > p.Room() {
		panic(fmt.Sprintf("page: %d bytes put into page %d, which has room for %d", need, p.ID(), p.Room()))
	}
	if p.heap()-headerSize-slotSize*p.Count() < need {
		p.compact()
	}
	n, heap := p.Count(), p.heap()
	slots := p[headerSize : headerSize+slotSize*(n+len(cells))]
	copy(slots[slotSize*(slot+len(cells)):], slots[slotSize*slot:slotSize*n])
	for i, c := range cells {
		heap -= len(c)
		copy(p[heap:], c)
		p.setSlot(slot+i, heap, len(c))
	}
	p.setHeap(heap)
	p.setCount(n + len(cells))
}

// compact moves the cells to the end of the page, without garbage between them.
func (p Page) compact() {
	if len(p) <= usualSize { // to clear less
		var old [usualSize]byte
		p.compactFrom(old[:copy(old[:], p)])
		return
	}
	var old [MaxSize]byte
	p.compactFrom(old[:copy(old[:], p)])
}

// usualSize is what most databases have.
const usualSize = 8 << 10

func (p Page) compactFrom(old Page) {
	heap := len(p)
	for i := range p.Count() {
		offset, length := p.slot(i)
		heap -= length
		copy(p[heap:], old[offset:offset+length])
		p.setSlot(i, heap, length)
	}
	p.setHeap(heap)
	p.setDead(0)
}

// Patch overwrites bytes at an offset, of the link or of the body.
func (p Page) Patch(offset int, with []byte) {
	if offset < LinkOffset || offset+len(with) > len(p) {
		panic(fmt.Sprintf("page: patch of %d bytes at %d", len(with), offset))
	}
	copy(p[offset:], with)
}
