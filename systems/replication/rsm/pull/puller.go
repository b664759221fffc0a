package pull

import (
	"errors"
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Puller receives a checkpoint.
type Puller struct {
	Env         node.Env
	Checkpoints *rsm.Snapshots

	from      node.Addr // "" while nothing is being pulled
	index     rsm.Index
	size      int64
	pieces    *rsm.Incoming
	finishing bool
	done      func(rsm.SnapshotHeader, error)
}

// Busy tells whether a checkpoint is being pulled.
func (p *Puller) Busy() bool { return p.from != "" }

// Begin pulls the newest checkpoint of a replica, unless one is being pulled,
// and runs done once it is this replica's newest, durably. An error means that
// this disk cannot be written.
func (p *Puller) Begin(from node.Addr, done func(rsm.SnapshotHeader, error)) {
	if p.Busy() {
		return
	}
	p.from, p.index, p.size, p.done = from, 0, 0, done
	p.Nudge()
}

// Nudge asks again for the piece that is missing.
func (p *Puller) Nudge() {
	if !p.Busy() || p.finishing {
		return
	}
	request := &GetPiece{Index: p.index}
	if p.pieces != nil {
		request.Offset = p.pieces.Next()
	}
	p.Env.SendEarly(p.from, request) // Early: a question promises nothing
}

// Abandon gives up, unless everything has arrived already.
func (p *Puller) Abandon() {
	if p.finishing {
		return
	}
	if p.pieces != nil {
		p.pieces.Abandon()
	}
	p.from, p.pieces = "", nil
}

// Receive takes a piece, and tells whether it is the one that was missing: a transfer
// whose pieces come is not to be given up, however long it takes.
func (p *Puller) Receive(from node.Addr, m *Piece) (moved bool) {
	if from != p.from || p.finishing {
		return false
	}
	if err := p.expect(m); err != nil {
		p.end(rsm.SnapshotHeader{}, err)
		return false
	}
	if m.Offset != p.pieces.Next() {
		return false // a late copy
	}
	if err := p.pieces.Write(m.Offset, m.Data); err != nil {
		p.end(rsm.SnapshotHeader{}, err)
		return false
	}
	if p.pieces.Next() < p.size {
		p.Nudge()
		return true
	}
	p.finishing = true
	p.pieces.Finish(p.finished)
	return true
}

// expect makes ready for a checkpoint, in place of another that was begun (I2).
func (p *Puller) expect(m *Piece) error {
	if p.pieces != nil && p.index == m.Index && p.size == m.Size {
		return nil
	}
	if p.pieces != nil {
		p.pieces.Abandon()
	}
	var err error
	p.index, p.size = m.Index, m.Size
	p.pieces, err = p.Checkpoints.Receive()
	return err
}

func (p *Puller) finished(h rsm.SnapshotHeader, err error) {
	if errors.Is(err, rsm.ErrCorrupt) {
		p.Env.Note("checkpoint arrived corrupt", slog.Any("error", err))
		p.index, p.size, p.pieces, p.finishing = 0, 0, nil, false
		p.Nudge()
		return
	}
	if errors.Is(err, rsm.ErrStale) {
		h, err = p.Checkpoints.Newest(), nil
	}
	p.end(h, err)
}

func (p *Puller) end(h rsm.SnapshotHeader, err error) {
	done := p.done
	p.from, p.pieces, p.finishing, p.done = "", nil, false, nil
	done(h, err)
}
