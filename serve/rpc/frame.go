package rpc

import (
	"bufio"
	"encoding/binary"
	"errors"
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
	bye
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

type byeBody struct{}

// body is one of the structs above. Those of calls and results are encoded by hand,
// which keeps them off the heap; TestFramesByHand and the fuzz test see to it that the
// bytes are those of package wire.
type body interface {
	kind() kind
	append(b []byte) []byte
}

func (helloBody) kind() kind   { return hello }
func (welcomeBody) kind() kind { return welcome }
func (refusalBody) kind() kind { return refusal }
func (callBody) kind() kind    { return call }
func (resultBody) kind() kind  { return result }
func (byeBody) kind() kind     { return bye }

func (h helloBody) append(b []byte) []byte {
	return wire.AppendBytes(wire.AppendUint(b, 1, h.Version), 2, h.Name)
}

func (w welcomeBody) append(b []byte) []byte {
	return wire.AppendUint(wire.AppendUint(b, 1, w.MaxFrame), 2, w.MaxCalls)
}

func (r refusalBody) append(b []byte) []byte { return wire.AppendBytes(b, 1, r.Reason) }

func (c callBody) append(b []byte) []byte {
	b = wire.AppendUint(wire.AppendUint(b, 1, c.Number), 2, c.Mark)
	return wire.AppendBytes(wire.AppendBytes(b, 3, c.Method), 4, c.Args)
}

func (r resultBody) append(b []byte) []byte {
	b = wire.AppendUint(wire.AppendUint(b, 1, r.Number), 2, r.Status)
	return wire.AppendBytes(b, 3, r.Result)
}

func (byeBody) append(b []byte) []byte { return b }

// appendFrame appends a frame.
func appendFrame[B body](b []byte, of B) []byte {
	start := len(b)
	b = of.append(append(b, 0, 0, 0, 0, byte(of.kind())))
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-lengthSize))
	return b
}

// stream reads the frames of a connection.
type stream struct {
	conn     net.Conn
	r        *bufio.Reader
	most     int           // bytes of a frame
	patience time.Duration // from a frame's first byte to its last
	slab     []byte        // room for small bodies
}

func newStream(c net.Conn, most int, patience time.Duration) *stream {
	return &stream{conn: c, r: bufio.NewReaderSize(c, 32<<10), most: most, patience: patience}
}

// begun waits for the first byte of a frame.
func (s *stream) begun() error {
	_, err := s.r.Peek(1)
	return err
}

// next returns the next frame, which may take as long as it wants to begin. Its
// body is the caller's.
func (s *stream) next() (kind, []byte, error) {
	if err := s.begun(); err != nil {
		return 0, nil, err
	}
	if !s.ready() {
		if err := s.conn.SetReadDeadline(time.Now().Add(s.patience)); err != nil {
			return 0, nil, err
		}
		defer s.conn.SetReadDeadline(time.Time{})
	}
	head, err := s.r.Peek(headSize)
	if err != nil {
		return 0, nil, fmt.Errorf("half a frame: %w", unexpected(err))
	}
	k := kind(head[lengthSize])
	length := binary.BigEndian.Uint32(head)
	if length < 1 || uint64(length) > uint64(s.most) {
		return 0, nil, fmt.Errorf("a frame of %d bytes: %w", length, errSize{s.most})
	}
	body := s.room(int(length) - 1)
	if _, err := s.r.Discard(headSize); err != nil {
		return 0, nil, fmt.Errorf("half a frame: %w", err)
	}
	if _, err := io.ReadFull(s.r, body); err != nil {
		return 0, nil, fmt.Errorf("half a frame: %w", unexpected(err))
	}
	return k, body, nil
}

// unexpected is what the end of a connection is in the middle of a frame.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Small bodies share memory, so whoever keeps one of them keeps slabSize bytes.
const (
	slabSize  = 4 << 10
	smallBody = 256
)

// room returns memory for a body, which is its caller's.
func (s *stream) room(n int) []byte {
	if n > smallBody {
		return make([]byte, n)
	}
	if len(s.slab) < n {
		s.slab = make([]byte, slabSize)
	}
	b := s.slab[:n:n]
	s.slab = s.slab[n:]
	return b
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
