package live

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// A frame is all that travels on a connection after the preamble:
//
//	0        4      5
//	| length | kind | body ... |     length: little endian, of kind and body
//
//	hello    cluster, from host, to host     (each: length as uvarint, bytes)
//	welcome  nothing
//	refusal  reason
//	message  to service, from service (each with "#call" if it has one), then
//	         the message as kernel/wire writes it with its type
//	ping     8 bytes, which pong gives back
//	alive    nothing: a sign of life while a large message comes in
//
// A message does not say which hosts it is from and to: it is from the host
// that the handshake proved, and to the one that reads it (I4).
type kind byte

const (
	hello kind = iota + 1
	welcome
	refusal
	messages
	ping
	pong
	alive
)

const (
	lengthSize = 4
	headSize   = lengthSize + 1
)

var errFrame = errors.New("malformed frame")

// beginFrame leaves room for the length, which endFrame fills in.
func beginFrame(b []byte, k kind) []byte { return append(b, 0, 0, 0, 0, byte(k)) }

func endFrame(b []byte, start int) []byte {
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-lengthSize))
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutText(b []byte) (text, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, errFrame
	}
	return b[size : size+int(n)], b[size+int(n):], nil
}

// appendMessage appends m as a frame; after an error b is as it was.
func appendMessage(b []byte, m message, limit int) ([]byte, error) {
	start := len(b)
	_, to := split(m.to)
	_, from := split(m.from)
	out := appendText(appendText(beginFrame(b, messages), to), from)
	out, err := wire.Append(out, m.m)
	if err != nil {
		return b, err
	}
	if size := len(out) - start - headSize; size > limit {
		return b, &tooLarge{size, limit}
	}
	return endFrame(out, start), nil
}

// tooLarge is the error of a message that exceeds Bounds.Frame.
type tooLarge struct{ size, limit int }

func (e *tooLarge) Error() string {
	return fmt.Sprintf("message of %d bytes exceeds the limit of %d", e.size, e.limit)
}

// frames reads frames. What next returns is valid until the next call.
type frames struct {
	r     *bufio.Reader
	limit int // of a body, in bytes
	large []byte
}

const readAhead = 64 << 10

func newFrames(r io.Reader, limit int) *frames {
	return &frames{r: bufio.NewReaderSize(r, readAhead), limit: limit}
}

// ready tells whether next can return without reading from the connection.
func (f *frames) ready() bool {
	have := f.r.Buffered()
	if have < lengthSize {
		return false
	}
	head, _ := f.r.Peek(lengthSize)
	return uint64(have) >= lengthSize+uint64(binary.LittleEndian.Uint32(head))
}

func (f *frames) next() (kind, []byte, error) {
	head, err := f.r.Peek(headSize)
	if err != nil {
		return 0, nil, f.short(err, len(head))
	}
	size, k := int64(binary.LittleEndian.Uint32(head))-1, kind(head[lengthSize])
	if size < 0 || k < hello || k > alive {
		return 0, nil, fmt.Errorf("%w: length %d, kind %d", errFrame, size+1, k)
	}
	if size > int64(f.limit) {
		return 0, nil, fmt.Errorf("frame of %d bytes exceeds the limit of %d", size, f.limit)
	}
	f.r.Discard(headSize)
	body, err := f.body(int(size))
	return k, body, err
}

// body returns small bodies where they lie in the buffer, and reads large ones
// piece by piece: memory follows what came, not what was announced.
func (f *frames) body(size int) ([]byte, error) {
	if size <= f.r.Size() {
		b, err := f.r.Peek(size)
		if err != nil {
			return nil, f.short(err, 1)
		}
		f.r.Discard(size)
		return b, nil
	}
	if cap(f.large) > largeKept {
		f.large = nil
	}
	f.large = f.large[:0]
	for len(f.large) < size {
		have := len(f.large)
		piece := min(size-have, max(have, readAhead))
		f.large = append(f.large, make([]byte, piece)...)
		if _, err := io.ReadFull(f.r, f.large[have:]); err != nil {
			return nil, f.short(err, 1)
		}
	}
	return f.large, nil
}

// largeKept is the room for large frames that a connection keeps between them.
const largeKept = 1 << 20

// short tells a connection that ended between two frames from one cut off.
func (f *frames) short(err error, have int) error {
	if err == io.EOF && have > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseMessage splits the body of a message.
func parseMessage(body []byte) (to, from, encoded []byte, err error) {
	if to, body, err = cutText(body); err != nil {
		return nil, nil, nil, err
	}
	from, encoded, err = cutText(body)
	return to, from, encoded, err
}

// addresses makes the sender's address of a message without allocating it each
// time. Calls have addresses of their own each and are not kept.
type addresses struct {
	host string
	seen map[string]node.Addr
}

// maxAddresses bounds what a peer can make us remember.
const maxAddresses = 1024

func (a *addresses) of(from []byte) node.Addr {
	if addr, ok := a.seen[string(from)]; ok {
		return addr
	}
	addr := node.Join(a.host, string(from))
	if _, isCall := addr.Call(); !isCall && len(a.seen) < maxAddresses {
		a.seen[string(from)] = addr
	}
	return addr
}
