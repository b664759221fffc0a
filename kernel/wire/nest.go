package wire

// message reads a nested message by its own decoder.
func (r *Reader) message(m Decoder, begin func(*Reader) (outer, bool)) {
	if outer, ok := begin(r); ok {
		r.byHand(m)
		r.leave(outer)
	}
}

// byHand lets m read the message that r is in, and words its error.
func (r *Reader) byHand(m Decoder) {
	m.ReadWire(r)
	if r.err == nil && r.pos < r.end {
		r.fail(ErrMalformed, "ReadWire left %d bytes", r.end-r.pos)
	}
	if r.err == nil || r.field == 0 {
		return
	}
	if s, _, err := planned(m); err == nil {
		r.err.within(s.name(r.field))
	}
}

// outer is what a Reader returns to when a nested message ends.
type outer struct{ end, field, depth int }

// enter begins a nested message.
func (r *Reader) enter() (outer, bool) {
	o := outer{r.end, r.field, r.depth}
	n := len(r.span())
	if r.err != nil {
		return o, false
	}
	r.end, r.pos, r.field = r.pos, r.pos-n, 0
	return o, true
}

// descend is enter for whatever a type may hold without end: by a pointer, a
// slice, a map or an interface. Structs within structs are no such case.
func (r *Reader) descend() (outer, bool) {
	if r.depth == MaxDepth {
		return outer{}, r.fail(ErrTooLarge, "messages nest deeper than %d", MaxDepth)
	}
	o, ok := r.enter()
	r.depth++
	return o, ok
}

func (r *Reader) leave(o outer) {
	r.pos, r.end, r.field, r.depth = r.end, o.end, o.field, o.depth
}

// count returns how many elements with the current tag follow one another, and
// so how much room to make for them.
func (r *Reader) count() int {
	here, n := r.pos, 0
	t := uint64(makeTag(r.field, r.kind))
	for r.err == nil {
		r.skip()
		n++
		if r.pos >= r.end || r.uvarint() != t {
			break
		}
	}
	r.pos = here
	return n
}

// another passes over the next tag if it is t.
func (r *Reader) another(t tag) bool {
	here := r.pos
	if here >= r.end || r.uvarint() != uint64(t) {
		r.pos = here
		return false
	}
	return r.err == nil
}
