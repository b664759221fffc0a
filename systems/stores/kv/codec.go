package kv

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
)

// Questions and answers that remote clients send (rsm.Question).
func init() {
	wire.Register[Range]("kv.Range")
	wire.Register[RangeResult]("kv.RangeResult")
	wire.Register[Txn]("kv.Txn")
	wire.Register[Result]("kv.Result")
}

// Encode returns the bytes of a command, for rsm to propose.
func (c *Command) Encode() []byte {
	b, err := wire.AppendBody(nil, c)
	if err != nil {
		panic("kv: a command without an encoding: " + err.Error()) // too deep or too large: the door bounds both
	}
	return b
}

// decodeCommand reads a command, the slices of which are parts of b.
func decodeCommand(b []byte, c *Command) error {
	if len(b) == 0 {
		return errors.New("kv: empty command")
	}
	return wire.UnmarshalBodyAlias(b, c)
}

// DecodeResult reads what Apply returned. The slices of r are parts of b.
func DecodeResult(b []byte) (*Result, error) {
	r := new(Result)
	if err := wire.UnmarshalBodyAlias(b, r); err != nil {
		return nil, fmt.Errorf("kv: decode result: %w", err)
	}
	return r, nil
}

// encodeResult never fails: an answer over the limit of one message is replaced
// by a refusal which says that the command was executed all the same.
func encodeResult(r *Result) []byte {
	b, err := wire.AppendBody(nil, r)
	if err != nil {
		b, _ = wire.AppendBody(nil, &Result{Err: ErrAnswerTooLarge, Revision: r.Revision})
	}
	return b
}
