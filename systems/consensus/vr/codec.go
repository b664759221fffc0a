package vr

import "github.com/parleysystems/parley/kernel/wire"

// The hot messages encode themselves. wiretest.Codec verifies that they do what
// their tags say.

// AppendWire implements wire.Appender.
func (e *Entry) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, e.View)
	b = wire.AppendUint(b, 2, e.Kind)
	return wire.AppendBytes(b, 3, e.Data)
}

// ReadWire implements wire.Decoder.
func (e *Entry) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			e.View = View(r.Uint(64))
		case 2:
			e.Kind = Kind(r.Uint(8))
		case 3:
			e.Data = r.Bytes()
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Prepare) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.View)
	b = wire.AppendUint(b, 2, m.First)
	b = wire.AppendUint(b, 3, m.Commit)
	b = wire.AppendUint(b, 4, m.Round)
	for i := range m.Entries {
		b = wire.AppendMessageElement(b, 5, &m.Entries[i])
	}
	return b
}

// ReadWire implements wire.Decoder.
func (m *Prepare) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.View = View(r.Uint(64))
		case 2:
			m.First = OpNumber(r.Uint(64))
		case 3:
			m.Commit = OpNumber(r.Uint(64))
		case 4:
			m.Round = r.Uint(64)
		case 5:
			m.Entries = wire.AppendZero(r, m.Entries)
			r.MessageElement(&m.Entries[len(m.Entries)-1])
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *PrepareOK) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.View)
	b = wire.AppendUint(b, 2, m.Op)
	return wire.AppendUint(b, 3, m.Round)
}

// ReadWire implements wire.Decoder.
func (m *PrepareOK) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.View = View(r.Uint(64))
		case 2:
			m.Op = OpNumber(r.Uint(64))
		case 3:
			m.Round = r.Uint(64)
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Commit) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.View)
	b = wire.AppendUint(b, 2, m.Commit)
	b = wire.AppendUint(b, 3, m.Op)
	b = wire.AppendUint(b, 4, m.Round)
	return wire.AppendUint(b, 5, m.Known)
}

// ReadWire implements wire.Decoder.
func (m *Commit) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.View = View(r.Uint(64))
		case 2:
			m.Commit = OpNumber(r.Uint(64))
		case 3:
			m.Op = OpNumber(r.Uint(64))
		case 4:
			m.Round = r.Uint(64)
		case 5:
			m.Known = OpNumber(r.Uint(64))
		default:
			r.Skip()
		}
	}
}
