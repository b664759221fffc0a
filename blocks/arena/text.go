package arena

import "strings"

// Text is an Arena for strings.
type Text struct{ space *strings.Builder }

// Page bounds, in bytes, the memory that strings share, but for one that is longer than
// that.
const Page = 512

// Copy returns a copy.
func (t *Text) Copy(b []byte) string {
	if t.space == nil || len(b) > t.space.Cap()-t.space.Len() {
		t.space = new(strings.Builder)
		t.space.Grow(max(len(b), Page))
	}
	at := t.space.Len()
	t.space.Write(b)
	return t.space.String()[at:]
}
