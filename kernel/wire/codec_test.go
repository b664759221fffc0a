package wire_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/wire/wiretest"
)

// ByHand has a field for every primitive that encoders written by hand have.
type ByHand struct {
	Bool    bool       `wire:"1"`
	Uint    Term       `wire:"2"`
	Small   uint8      `wire:"3"`
	Int     int32      `wire:"4"`
	Float   float32    `wire:"5"`
	Double  float64    `wire:"6"`
	Bytes   []byte     `wire:"7"`
	String  string     `wire:"8"`
	Digest  Digest     `wire:"9"`
	Time    time.Time  `wire:"10"`
	Part    HandPart   `wire:"11"`
	Maybe   *HandPart  `wire:"12"`
	Parts   []HandPart `wire:"13"`
	Strings []string   `wire:"14"`
	Blobs   [][]byte   `wire:"15"`
	Digests []Digest   `wire:"20"`
}

// HandPart nests in ByHand.
type HandPart struct {
	Name  string `wire:"1"`
	Value int64  `wire:"2"`
}

var _ = wire.Register[ByHand]("wire_test.ByHand")

func (m *HandPart) AppendWire(b []byte) []byte {
	b = wire.AppendBytes(b, 1, m.Name)
	return wire.AppendInt(b, 2, m.Value)
}

func (m *HandPart) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Name = r.String()
		case 2:
			m.Value = r.Int(64)
		default:
			r.Skip()
		}
	}
}

func (m *ByHand) AppendWire(b []byte) []byte {
	b = wire.AppendBool(b, 1, m.Bool)
	b = wire.AppendUint(b, 2, m.Uint)
	b = wire.AppendUint(b, 3, m.Small)
	b = wire.AppendInt(b, 4, m.Int)
	b = wire.AppendFloat32(b, 5, m.Float)
	b = wire.AppendFloat64(b, 6, m.Double)
	b = wire.AppendBytes(b, 7, m.Bytes)
	b = wire.AppendBytes(b, 8, m.String)
	if m.Digest != (Digest{}) {
		b = wire.AppendElement(b, 9, m.Digest[:])
	}
	b = wire.AppendTime(b, 10, m.Time)
	b = wire.AppendMessage(b, 11, &m.Part)
	if m.Maybe != nil {
		b = wire.AppendMessageElement(b, 12, m.Maybe)
	}
	for i := range m.Parts {
		b = wire.AppendMessageElement(b, 13, &m.Parts[i])
	}
	for _, s := range m.Strings {
		b = wire.AppendElement(b, 14, s)
	}
	for _, s := range m.Blobs {
		b = wire.AppendElement(b, 15, s)
	}
	for i := range m.Digests {
		b = wire.AppendElement(b, 20, m.Digests[i][:])
	}
	return b
}

func (m *ByHand) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Bool = r.Bool()
		case 2:
			m.Uint = Term(r.Uint(64))
		case 3:
			m.Small = uint8(r.Uint(8))
		case 4:
			m.Int = int32(r.Int(32))
		case 5:
			m.Float = r.Float32()
		case 6:
			m.Double = r.Float64()
		case 7:
			m.Bytes = r.Bytes()
		case 8:
			m.String = r.String()
		case 9:
			r.Array(m.Digest[:])
		case 10:
			m.Time = r.Time()
		default:
			m.readNested(r)
		}
	}
}

func (m *ByHand) readNested(r *wire.Reader) {
	switch r.Field() {
	case 11:
		r.Message(&m.Part)
	case 12:
		m.Maybe = new(HandPart)
		r.Optional(m.Maybe)
	case 13:
		m.Parts = wire.AppendZero(r, m.Parts)
		r.MessageElement(&m.Parts[len(m.Parts)-1])
	case 14:
		m.Strings = wire.AppendZero(r, m.Strings)
		m.Strings[len(m.Strings)-1] = r.ElementString()
	case 15:
		m.Blobs = wire.AppendZero(r, m.Blobs)
		m.Blobs[len(m.Blobs)-1] = r.Element()
	case 20:
		m.Digests = wire.AppendZero(r, m.Digests)
		r.ElementArray(m.Digests[len(m.Digests)-1][:])
	default:
		r.Skip()
	}
}

func TestPrimitivesWriteAndAcceptWhatTagsDo(t *testing.T) {
	wiretest.Codec[ByHand](t)
	wiretest.Codec[HandPart](t)
}

// Hasty stops after its first field.
type Hasty struct {
	C uint64 `wire:"1"`
	D uint64 `wire:"2"`
}

func (m *Hasty) AppendWire(b []byte) []byte { return b }
func (m *Hasty) ReadWire(r *wire.Reader)    { r.Next(); m.C = r.Uint(64) }

func TestCodecEncodesItself(t *testing.T) {
	if b := mustBody(t, &Hasty{C: 1}); len(b) != 0 {
		t.Errorf("encoded by its tags: %x", b)
	}
}

func TestDecoderThatStopsEarlyIsAnError(t *testing.T) {
	if err := wire.UnmarshalBody([]byte("\x08\x01\x10\x01"), &Hasty{}); !errors.Is(err, wire.ErrMalformed) {
		t.Error(err)
	}
}

// Even refuses what its tags admit.
type Even struct {
	N uint64 `wire:"1"`
}

func (m *Even) AppendWire(b []byte) []byte { return wire.AppendUint(b, 1, m.N) }

func (m *Even) ReadWire(r *wire.Reader) {
	for r.Next() {
		if m.N = r.Uint(64); m.N%2 != 0 {
			r.Failf("%d is odd", m.N)
		}
	}
}

func TestDecoderMayRefuseForItsOwnReasons(t *testing.T) {
	err := wire.UnmarshalBody([]byte("\x08\x03"), &Even{})
	if !errors.Is(err, wire.ErrMalformed) || !strings.Contains(err.Error(), "Even.N at byte 2: malformed message: 3 is odd") {
		t.Error(err)
	}
}
