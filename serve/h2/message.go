package h2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

var errNotOne = errors.New("h2: the request is not one whole message")

// single returns the only message of a unary request.
func (s *stream) single(request []byte) (message []byte, err error) {
	if len(request) < prefix {
		return nil, status.Error(codes.Internal, errNotOne.Error())
	}
	n := int(binary.BigEndian.Uint32(request[1:]))
	if most := s.conn.server.options.MaxRecvBytes; n > most {
		return nil, tooLarge(n, most)
	}
	if len(request) != prefix+n {
		return nil, status.Error(codes.Internal, errNotOne.Error())
	}
	return s.plain(request[prefix:], request[0] != 0)
}

// plain undoes a message's compression, by whatever is registered with
// google.golang.org/grpc/encoding.
func (s *stream) plain(message []byte, compressed bool) ([]byte, error) {
	if !compressed {
		return message, nil
	}
	name := s.header.encoding
	if name == "" || name == encoding.Identity {
		return nil, status.Error(codes.Internal, "h2: compressed flag set with identity or empty encoding")
	}
	by := encoding.GetCompressor(name)
	if by == nil {
		return nil, status.Errorf(codes.Unimplemented, "h2: no decompressor is installed for grpc-encoding %q", name)
	}
	most := s.conn.server.options.MaxRecvBytes
	in, err := by.Decompress(bytes.NewReader(message))
	if err == nil {
		message, err = io.ReadAll(io.LimitReader(in, int64(most)+1))
	}
	if err != nil {
		return nil, status.Errorf(codes.Internal, "h2: decompress a message: %v", err)
	}
	if len(message) > most {
		return nil, status.Errorf(codes.ResourceExhausted, "h2: message after decompression larger than max %d", most)
	}
	return message, nil
}

// decode fills in a message as generated code and hand-written calls want it.
func decode(message []byte, into any) error {
	m, is := into.(proto.Message)
	if !is {
		return status.Errorf(codes.Internal, "h2: decode into %T, which is no protobuf message", into)
	}
	if err := proto.Unmarshal(message, m); err != nil {
		return status.Errorf(codes.Internal, "h2: decode %T: %v", into, err)
	}
	return nil
}

// encode appends a message with its prefix.
func encode(to []byte, from any) ([]byte, error) {
	m, is := from.(proto.Message)
	if !is {
		return to, status.Errorf(codes.Internal, "h2: encode %T, which is no protobuf message", from)
	}
	at := len(to)
	out, err := proto.MarshalOptions{}.MarshalAppend(append(to, 0, 0, 0, 0, 0), m)
	if err != nil {
		return to, status.Errorf(codes.Internal, "h2: encode %T: %v", from, err)
	}
	if err := measure(out[at:]); err != nil {
		return to, err
	}
	return out, nil
}

// measure writes a message's length into its prefix.
func measure(prefixed []byte) error {
	n := len(prefixed) - prefix
	if n > math.MaxUint32 {
		return status.Error(codes.ResourceExhausted, fmt.Sprintf("h2: a message of %d bytes is longer than gRPC can say", n))
	}
	binary.BigEndian.PutUint32(prefixed[1:], uint32(n))
	return nil
}
