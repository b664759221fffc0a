package rsm

import (
	"encoding/binary"
	"errors"
)

// Many results or questions in one message are packed by hand: one slice holds
// them all, and who reads them allocates nothing for each.
//
//	outcomes  = (seq code length result)*     seq, length: uvarint; code: 1 byte
//	questions = (length question)*            length: 4 bytes, little endian
//	answers   = (code length answer)*         code: 1 byte; length as above
//
// A question, and an answer, is as wire.Append gives it. Where an encoder cannot
// tell the length in advance it has a fixed size, so that it can be set later.

var errPacked = errors.New("rsm: malformed message")

func appendOutcome(b []byte, seq uint64, code Code, result []byte) []byte {
	b = append(binary.AppendUvarint(b, seq), byte(code))
	b = binary.AppendUvarint(b, uint64(len(result)))
	return append(b, result...)
}

// nextOutcome cuts the first outcome off; result is a part of b.
func nextOutcome(b []byte) (seq uint64, code Code, result, rest []byte, err error) {
	seq, n := binary.Uvarint(b)
	if n <= 0 || n == len(b) {
		return 0, 0, nil, nil, errPacked
	}
	code, b = Code(b[n]), b[n+1:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return 0, 0, nil, nil, errPacked
	}
	b = b[n:]
	return seq, code, b[:size:size], b[size:], nil
}

const lengthSize = 4

func appendQuestion(b, question []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(question)))
	return append(b, question...)
}

// nextQuestion cuts the first question off; it is a part of b.
func nextQuestion(b []byte) (question, rest []byte, err error) {
	if len(b) < lengthSize {
		return nil, nil, errPacked
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if b = b[lengthSize:]; n > uint64(len(b)) {
		return nil, nil, errPacked
	}
	return b[:n:n], b[n:], nil
}

// appendAnswer appends what encode appends, or only code if that is an error's.
func appendAnswer(b []byte, code Code, encode func([]byte) ([]byte, error)) []byte {
	start := len(b)
	b = append(b, byte(code), 0, 0, 0, 0)
	if code != 0 {
		return b
	}
	out, err := encode(b)
	if err != nil {
		return appendAnswer(b[:start], CodeOf(ErrRefused), nil)
	}
	binary.LittleEndian.PutUint32(out[start+1:], uint32(len(out)-start-1-lengthSize))
	return out
}

// nextAnswer cuts the first answer off; it is a part of b.
func nextAnswer(b []byte) (code Code, answer, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, nil, errPacked
	}
	answer, rest, err = nextQuestion(b[1:])
	return Code(b[0]), answer, rest, err
}
