package raft

import "github.com/parleysystems/parley/kernel/wire"

// The hot messages encode themselves. wiretest.Codec verifies that they do what
// their tags say.

// AppendWire implements wire.Appender.
func (e *Entry) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, e.Term)
	b = wire.AppendUint(b, 2, e.Kind)
	return wire.AppendBytes(b, 3, e.Data)
}

// ReadWire implements wire.Decoder.
func (e *Entry) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			e.Term = Term(r.Uint(64))
		case 2:
			e.Kind = EntryKind(r.Uint(8))
		case 3:
			e.Data = r.Bytes()
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *AppendEntries) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Term)
	b = wire.AppendUint(b, 2, m.PrevIndex)
	b = wire.AppendUint(b, 3, m.PrevTerm)
	b = wire.AppendUint(b, 4, m.Commit)
	b = wire.AppendUint(b, 5, m.Round)
	b = wire.AppendUint(b, 6, m.Known)
	for i := range m.Entries {
		b = wire.AppendMessageElement(b, 7, &m.Entries[i])
	}
	return b
}

// ReadWire implements wire.Decoder.
func (m *AppendEntries) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Term = Term(r.Uint(64))
		case 2:
			m.PrevIndex = Index(r.Uint(64))
		case 3:
			m.PrevTerm = Term(r.Uint(64))
		case 4:
			m.Commit = Index(r.Uint(64))
		case 5:
			m.Round = r.Uint(64)
		case 6:
			m.Known = Index(r.Uint(64))
		case 7:
			m.Entries = wire.AppendZero(r, m.Entries)
			r.MessageElement(&m.Entries[len(m.Entries)-1])
		default:
			r.Skip()
		}
	}
}

// AppendWire implements wire.Appender.
func (m *AppendEntriesReply) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Term)
	b = wire.AppendBool(b, 2, m.Rejected)
	b = wire.AppendUint(b, 3, m.Index)
	b = wire.AppendUint(b, 4, m.Round)
	b = wire.AppendUint(b, 5, m.HintIndex)
	return wire.AppendUint(b, 6, m.HintTerm)
}

// ReadWire implements wire.Decoder.
func (m *AppendEntriesReply) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Term = Term(r.Uint(64))
		case 2:
			m.Rejected = r.Bool()
		case 3:
			m.Index = Index(r.Uint(64))
		case 4:
			m.Round = r.Uint(64)
		case 5:
			m.HintIndex = Index(r.Uint(64))
		case 6:
			m.HintTerm = Term(r.Uint(64))
		default:
			r.Skip()
		}
	}
}
