package relay

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// The hot messages encode themselves. wiretest.Codec verifies that they do what
// their tags say.

// AppendWire implements wire.Appender.
func (e *Entry) AppendWire(b []byte) []byte {
	return wire.AppendBytes(wire.AppendUint(b, 1, e.Epoch), 2, e.Data)
}

// ReadWire implements wire.Decoder.
func (e *Entry) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			e.Epoch = Epoch(r.Uint(64))
		case 2:
			e.Data = r.Bytes()
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Update) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Epoch)
	b = wire.AppendUint(b, 2, m.First)
	b = wire.AppendUint(b, 3, m.Before)
	b = wire.AppendUint(b, 4, m.Commit)
	b = wire.AppendUint(b, 5, m.Round)
	for i := range m.Entries {
		b = wire.AppendMessageElement(b, 6, &m.Entries[i])
	}
	return b
}

// ReadWire implements wire.Decoder.
func (m *Update) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Epoch = Epoch(r.Uint(64))
		case 2:
			m.First = rsm.Index(r.Uint(64))
		case 3:
			m.Before = Epoch(r.Uint(64))
		case 4:
			m.Commit = rsm.Index(r.Uint(64))
		case 5:
			m.Round = r.Uint(64)
		case 6:
			m.Entries = wire.AppendZero(r, m.Entries)
			r.MessageElement(&m.Entries[len(m.Entries)-1])
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Held) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Epoch)
	b = wire.AppendUint(b, 2, m.Last)
	b = wire.AppendUint(b, 3, m.Commit)
	return wire.AppendUint(b, 4, m.Round)
}

// ReadWire implements wire.Decoder.
func (m *Held) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Epoch = Epoch(r.Uint(64))
		case 2:
			m.Last = rsm.Index(r.Uint(64))
		case 3:
			m.Commit = rsm.Index(r.Uint(64))
		case 4:
			m.Round = r.Uint(64)
		default:
			r.Skip()
		}
	}
}
