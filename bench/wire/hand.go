package wire

import "github.com/parleysystems/parley/kernel/wire"

// HandVote, HandEntry and HandAppend are the same structs, encoded by hand.
type (
	HandVote   RequestVote
	HandEntry  Entry
	HandAppend struct {
		Term         uint64      `wire:"1"`
		Leader       string      `wire:"2"`
		PrevLogIndex uint64      `wire:"3"`
		PrevLogTerm  uint64      `wire:"4"`
		Entries      []HandEntry `wire:"5"`
		LeaderCommit uint64      `wire:"6"`
	}
)

func (m *HandVote) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Term)
	b = wire.AppendBytes(b, 2, m.Candidate)
	b = wire.AppendUint(b, 3, m.LastLogIndex)
	return wire.AppendUint(b, 4, m.LastLogTerm)
}

func (m *HandVote) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Term = r.Uint(64)
		case 2:
			m.Candidate = r.String()
		case 3:
			m.LastLogIndex = r.Uint(64)
		case 4:
			m.LastLogTerm = r.Uint(64)
		default:
			r.Skip()
		}
	}
}

func (m *HandEntry) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Term)
	b = wire.AppendUint(b, 2, m.Index)
	b = wire.AppendUint(b, 3, m.Kind)
	return wire.AppendBytes(b, 4, m.Data)
}

func (m *HandEntry) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Term = r.Uint(64)
		case 2:
			m.Index = r.Uint(64)
		case 3:
			m.Kind = uint8(r.Uint(8))
		case 4:
			m.Data = r.Bytes()
		default:
			r.Skip()
		}
	}
}

func (m *HandAppend) AppendWire(b []byte) []byte {
	b = wire.AppendUint(b, 1, m.Term)
	b = wire.AppendBytes(b, 2, m.Leader)
	b = wire.AppendUint(b, 3, m.PrevLogIndex)
	b = wire.AppendUint(b, 4, m.PrevLogTerm)
	for i := range m.Entries {
		b = wire.AppendMessageElement(b, 5, &m.Entries[i])
	}
	return wire.AppendUint(b, 6, m.LeaderCommit)
}

func (m *HandAppend) ReadWire(r *wire.Reader) {
	for r.Next() {
		switch r.Field() {
		case 1:
			m.Term = r.Uint(64)
		case 2:
			m.Leader = r.String()
		case 3:
			m.PrevLogIndex = r.Uint(64)
		case 4:
			m.PrevLogTerm = r.Uint(64)
		case 5:
			m.Entries = wire.AppendZero(r, m.Entries)
			r.MessageElement(&m.Entries[len(m.Entries)-1])
		case 6:
			m.LeaderCommit = r.Uint(64)
		default:
			r.Skip()
		}
	}
}
