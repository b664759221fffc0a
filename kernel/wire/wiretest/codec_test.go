package wiretest

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
)

// lax encodes as its tags say, but takes any integer for its small one.
type lax struct {
	Small uint8 `wire:"1"`
}

func (m *lax) AppendWire(b []byte) []byte { return wire.AppendUint(b, 1, m.Small) }

func (m *lax) ReadWire(r *wire.Reader) {
	for r.Next() {
		if r.Field() == 1 {
			m.Small = uint8(r.Uint(64))
		} else {
			r.Skip()
		}
	}
}

// forgetful leaves out a field.
type forgetful struct {
	A uint8 `wire:"1"`
	B uint8 `wire:"2"`
}

func (m *forgetful) AppendWire(b []byte) []byte { return wire.AppendUint(b, 1, m.A) }
func (m *forgetful) ReadWire(r *wire.Reader)    { (&lax{}).ReadWire(r) }

func TestDifferencesAreFound(t *testing.T) {
	if _, err := differ(&forgetful{A: 1}); err == nil {
		t.Error("a decoder that reads nothing passed")
	}
	if _, err := differ(&forgetful{B: 1}); err == nil {
		t.Error("an encoder that leaves out a field passed")
	}
	if err := differOn[lax]([]byte{1 << 3, 0xff, 0x7f}); err == nil {
		t.Error("a decoder that takes too large an integer passed")
	}
	if _, err := differ(&lax{Small: 200}); err != nil {
		t.Errorf("equal codecs differ: %v", err)
	}
}
