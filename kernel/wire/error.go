package wire

import (
	"cmp"
	"errors"
	"fmt"
)

var (
	// ErrMalformed says that bytes are not what Append writes: truncated,
	// damaged, out of order, not in shortest form, of another type.
	ErrMalformed = errors.New("malformed message")

	// ErrUnregistered says that a type, or a type id, has no name here. A peer
	// of a newer version may well send such a message.
	ErrUnregistered = errors.New("unregistered message type")

	// ErrTooLarge says that a value or its encoding exceeds MaxSize, MaxDepth
	// or MaxMemory.
	ErrTooLarge = errors.New("message exceeds a limit")

	// ErrUnencodable says that a value has no encoding: a nil message, a nil
	// element of a slice, a struct that breaks the rules of this package.
	ErrUnencodable = errors.New("value cannot be encoded")
)

// DecodeError says what was wrong with a message, and where. It wraps one of
// the sentinels of this package.
type DecodeError struct {
	Type   string // name of the outermost message type
	Path   string // fields from the outermost to the one at fault, "Entries.Data"
	Offset int    // bytes from the start of the input
	Reason string
	Err    error
}

func (e *DecodeError) Error() string {
	subject := cmp.Or(e.Type, "message")
	if e.Path != "" {
		subject += "." + e.Path
	}
	return fmt.Sprintf("wire: decode %s at byte %d: %v: %s", subject, e.Offset, e.Err, e.Reason)
}

// Unwrap returns the sentinel.
func (e *DecodeError) Unwrap() error { return e.Err }

// within notes, on the way out of the nested fields, which field this was.
func (e *DecodeError) within(field string) {
	if e.Path == "" {
		e.Path = field
		return
	}
	e.Path = field + "." + e.Path
}

// EncodeError says what could not be encoded. Nothing of it was.
type EncodeError struct {
	Type string // of the outermost message
	Path string // fields from the outermost to the one at fault, if it is one
	Err  error  // wraps a sentinel
}

func (e *EncodeError) Error() string {
	subject := e.Type
	if e.Path != "" {
		subject += "." + e.Path
	}
	return fmt.Sprintf("wire: encode %s: %v", subject, e.Err)
}

// Unwrap returns what was wrong.
func (e *EncodeError) Unwrap() error { return e.Err }

// within notes, on the way out of the nested fields, which field this was.
func within(field string, err error) error {
	if e, ok := err.(*EncodeError); ok {
		e.Path = field + "." + e.Path
		return e
	}
	return &EncodeError{Path: field, Err: err}
}

func unencodable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnencodable, fmt.Sprintf(format, args...))
}
