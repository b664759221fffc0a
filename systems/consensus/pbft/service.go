package pbft

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// service is what the protocol executes requests on: a state machine with replies
// (Replica), or the applier of a replica of package rsm, which has its own.
type service interface {
	// execute carries out a client's operation and returns its result.
	execute(client node.Addr, op []byte) []byte
	// query answers a question without changing anything.
	query(client node.Addr, question []byte) []byte
	capture() rsm.Capture
	restore(r io.Reader) error
	// skipped: a request of this host's own was executed within a state that came
	// as a whole, so its result is lost.
	skipped()
	// replies tells whether clients wait for results.
	replies() bool
}

// snapshot is the whole replicated state as a sequence of bytes, of which a digest
// is agreed on:
//
//	length of the table (8 bytes)   table of clients   executed (8 bytes)   service
func (r *PBFT) snapshot() (write func() []byte) {
	table := r.clients.encode()
	state := r.service.capture()
	return func() []byte {
		b := binary.BigEndian.AppendUint64(nil, uint64(len(table)))
		w := bytes.NewBuffer(append(b, table...))
		if _, err := state.WriteTo(w); err != nil {
			panic("pbft: a captured state cannot be written: " + err.Error())
		}
		state.Release()
		return w.Bytes()
	}
}

// install replaces the replicated state by such bytes. After an error it is void.
func (r *PBFT) install(state []byte) error {
	if len(state) < 8 {
		return errState
	}
	n := binary.BigEndian.Uint64(state)
	if n > uint64(len(state)-8) {
		return errState
	}
	table, err := decodeClients(state[8:8+n], r.group.n())
	if err != nil {
		return err
	}
	r.clients = table
	return r.service.restore(bytes.NewReader(state[8+n:]))
}
