package wire_test

import (
	"bytes"

	"github.com/fxamacker/cbor/v2"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/kernel/wire"
)

// peer is the codec that the others are compared with.
const peer = "protobuf"

// operation encodes or decodes one message once.
type operation struct {
	codec string
	run   func() error
}

// encoders write s over and over into one buffer of theirs.
func encoders(s subject) []operation {
	return []operation{
		{"reflective", encodeOurs(s.plain)},
		{"byhand", encodeOurs(s.hand)},
		{peer, encodeProto(s.proto)},
		{"cbor", encodeCBOR(s.plain)},
	}
}

// decoders read s into a new message each time.
func decoders(s subject) []operation {
	return []operation{
		{"reflective", decodeOurs(s.plain, wire.Unmarshal)},
		{"byhand", decodeOurs(s.hand, wire.Unmarshal)},
		{"reflective-alias", decodeOurs(s.plain, wire.UnmarshalAlias)},
		{"byhand-alias", decodeOurs(s.hand, wire.UnmarshalAlias)},
		{peer, decodeProto(s.proto)},
		{"cbor", decodeCBOR(s.plain, s.zero)},
	}
}

func encodeOurs(m any) func() error {
	var b []byte
	return func() (err error) {
		b, err = wire.Append(b[:0], m)
		return err
	}
}

func encodeProto(m proto.Message) func() error {
	var b []byte
	return func() (err error) {
		b, err = proto.MarshalOptions{}.MarshalAppend(b[:0], m)
		return err
	}
}

func encodeCBOR(m any) func() error {
	mode := must(cbor.CoreDetEncOptions().UserBufferEncMode())
	var b bytes.Buffer
	return func() error {
		b.Reset()
		return mode.MarshalToBuffer(m, &b)
	}
}

func decodeOurs(m any, decode func([]byte) (any, error)) func() error {
	b := must(wire.Marshal(m))
	return func() error {
		_, err := decode(b)
		return err
	}
}

func decodeProto(m proto.Message) func() error {
	b := must(proto.Marshal(m))
	return func() error { return proto.Unmarshal(b, m.ProtoReflect().New().Interface()) }
}

func decodeCBOR(m any, zero func() any) func() error {
	mode := must(cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode())
	b := must(cbor.Marshal(m))
	return func() error { return mode.Unmarshal(b, zero()) }
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
