package multipaxos

import "github.com/parleysystems/parley/kernel/wire"

// The hot messages encode themselves. wiretest.Codec verifies that they do what
// their tags say.

// AppendWire implements wire.Appender.
func (v *Value) AppendWire(b []byte) []byte {
	return wire.AppendBytes(wire.AppendUint(b, 1, v.Kind), 2, v.Data)
}

// ReadWire implements wire.Decoder.
func (v *Value) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			v.Kind = Kind(r.Uint(8))
		case 2:
			v.Data = r.Bytes()
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Accept) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Ballot)
	b = wire.AppendUint(b, 2, m.First)
	b = wire.AppendUint(b, 3, m.Chosen)
	b = wire.AppendUint(b, 4, m.Round)
	for i := range m.Values {
		b = wire.AppendMessageElement(b, 5, &m.Values[i])
	}
	return b
}

// ReadWire implements wire.Decoder.
func (m *Accept) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Ballot = Ballot(r.Uint(64))
		case 2:
			m.First = Slot(r.Uint(64))
		case 3:
			m.Chosen = Slot(r.Uint(64))
		case 4:
			m.Round = r.Uint(64)
		case 5:
			m.Values = wire.AppendZero(r, m.Values)
			r.MessageElement(&m.Values[len(m.Values)-1])
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Accepted) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Ballot)
	b = wire.AppendUint(b, 2, m.First)
	b = wire.AppendUint(b, 3, m.Last)
	b = wire.AppendUint(b, 4, m.Upto)
	b = wire.AppendUint(b, 5, m.Round)
	return wire.AppendBool(b, 6, m.Early)
}

// ReadWire implements wire.Decoder.
func (m *Accepted) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Ballot = Ballot(r.Uint(64))
		case 2:
			m.First = Slot(r.Uint(64))
		case 3:
			m.Last = Slot(r.Uint(64))
		case 4:
			m.Upto = Slot(r.Uint(64))
		case 5:
			m.Round = r.Uint(64)
		case 6:
			m.Early = r.Bool()
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *Heartbeat) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Ballot)
	b = wire.AppendUint(b, 2, m.Chosen)
	b = wire.AppendUint(b, 3, m.Round)
	return wire.AppendUint(b, 4, m.Known)
}

// ReadWire implements wire.Decoder.
func (m *Heartbeat) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Ballot = Ballot(r.Uint(64))
		case 2:
			m.Chosen = Slot(r.Uint(64))
		case 3:
			m.Round = r.Uint(64)
		case 4:
			m.Known = Slot(r.Uint(64))
		default:
			r.Skip()
		}
	}
}
