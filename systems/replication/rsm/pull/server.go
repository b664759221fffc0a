package pull

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// GetPiece asks for a piece of a checkpoint.
type GetPiece struct {
	Index  rsm.Index `wire:"1"` // 0: the newest
	Offset int64     `wire:"2"`
}

// Piece answers GetPiece.
type Piece struct {
	Index  rsm.Index `wire:"1"`
	Size   int64     `wire:"2"` // of the whole, in bytes
	Offset int64     `wire:"3"` // of Data
	Data   []byte    `wire:"4"`
}

func init() {
	wire.Register[GetPiece]("pull.GetPiece")
	wire.Register[Piece]("pull.Piece")
}

// Server hands out pieces of the newest checkpoint. One that was begun stays
// readable until its last piece was asked for, whatever replaces it meanwhile.
type Server struct {
	Env         node.Env
	Checkpoints *rsm.Snapshots
	Chunk       int // bytes of a piece

	open []*handle // the one used longest ago first
}

type handle struct {
	to    node.Addr
	file  node.File
	index rsm.Index
	size  int64
}

// maxOpen bounds the checkpoints that are being handed out.
const maxOpen = 8

// Receive answers a request. An error says that this disk cannot be read.
func (s *Server) Receive(from node.Addr, m *GetPiece) error {
	h, err := s.handle(from, m.Index)
	if h == nil || err != nil {
		return err
	}
	offset := m.Offset
	if h.index != m.Index {
		offset = 0
	}
	piece := make([]byte, max(0, min(int64(s.Chunk), h.size-offset)))
	if n, err := h.file.ReadAt(piece, offset); n < len(piece) {
		return fmt.Errorf("pull: read checkpoint at byte %d: %w", offset, err)
	}
	// Early: a durable file, which promises nothing of this log.
	s.Env.SendEarly(from, &Piece{Index: h.index, Size: h.size, Offset: offset, Data: piece})
	return nil
}

// handle finds the checkpoint that a replica is pulling, or begins the newest.
func (s *Server) handle(to node.Addr, index rsm.Index) (*handle, error) {
	for i, h := range s.open {
		if h.to != to {
			continue
		}
		if h.index == index {
			return h, nil
		}
		s.drop(i)
		break
	}
	if s.Checkpoints.Newest().Index == 0 {
		return nil, nil
	}
	file, header, size, err := s.Checkpoints.File()
	if err != nil {
		return nil, err
	}
	if len(s.open) == maxOpen {
		s.drop(0)
	}
	h := &handle{to: to, file: file, index: header.Index, size: size}
	s.open = append(s.open, h)
	return h, nil
}

func (s *Server) drop(i int) {
	s.open[i].file.Close()
	s.open = append(s.open[:i], s.open[i+1:]...)
}
