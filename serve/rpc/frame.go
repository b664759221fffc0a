package rpc

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
)

// kind is what a frame is.
type kind byte

const (
	hello kind = iota + 1
	welcome
	refusal
	call
	result
)

const (
	version    = 1
	lengthSize = 4
	headSize   = lengthSize + 1
)

type helloBody struct {
	Version uint64 `wire:"1"`
	Name    string `wire:"2"`
}

type welcomeBody struct {
	MaxFrame uint64 `wire:"1"`
	MaxCalls uint64 `wire:"2"`
}

type refusalBody struct {
	Reason string `wire:"1"`
}

type callBody struct {
	Number uint64 `wire:"1"`
	Mark   uint64 `wire:"2"`
	Method string `wire:"3"`
	Args   []byte `wire:"4"`
}

type resultBody struct {
	Number uint64 `wire:"1"`
	Status uint32 `wire:"2"`
	Result []byte `wire:"3"`
}

// appendFrame appends a frame; body is one of the structs above.
func appendFrame(b []byte, k kind, body any) ([]byte, error) {
	start := len(b)
	b = append(b, 0, 0, 0, 0, byte(k))
	b, err := wire.AppendBody(b, body)
	if err != nil {
		return b[:start], err
	}
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-lengthSize))
	return b, nil
}

// stream reads the frames of a connection.
type stream struct {
	conn     net.Conn
	r        *bufio.Reader
	most     int           // bytes of a frame
	patience time.Duration // from a frame's first byte to its last
}

func newStream(c net.Conn, most int, patience time.Duration) *stream {
	return &stream{conn: c, r: bufio.NewReaderSize(c, 32<<10), most: most, patience: patience}
}

// next returns the next frame, which may take as long as it wants to begin. Its
// body is the caller's.
func (s *stream) next() (kind, []byte, error) {
	if _, err := s.r.Peek(1); err != nil {
		return 0, nil, err
	}
	if !s.ready() {
		if err := s.conn.SetReadDeadline(time.Now().Add(s.patience)); err != nil {
			return 0, nil, err
		}
		defer s.conn.SetReadDeadline(time.Time{})
	}
	var head [headSize]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, nil, fmt.Errorf("half a frame: %w", err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < 1 || uint64(length) > uint64(s.most) {
		return 0, nil, fmt.Errorf("a frame of %d bytes: %w", length, errSize{s.most})
	}
	body := make([]byte, length-1)
	if _, err := io.ReadFull(s.r, body); err != nil {
		return 0, nil, fmt.Errorf("half a frame: %w", err)
	}
	return kind(head[lengthSize]), body, nil
}

// ready tells whether a whole frame has come already.
func (s *stream) ready() bool {
	if s.r.Buffered() < headSize {
		return false
	}
	head, _ := s.r.Peek(lengthSize)
	return uint64(s.r.Buffered()) >= lengthSize+uint64(binary.BigEndian.Uint32(head))
}

// errSize is a frame that is empty, or too long.
type errSize struct{ most int }

func (e errSize) Error() string { return fmt.Sprintf("it must have 1 to %d", e.most) }
