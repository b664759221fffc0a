package jobs

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
)

// errNoField says that a record is shorter than the key's field.
var errNoField = errors.New("the record has no such field")

// keyOf returns the function that finds the key in a record: all of it, or one
// field. What it returns is valid until it is called again.
func (s Spec) keyOf(field int) func(record []byte) ([]byte, error) {
	switch {
	case field == 0:
		return func(record []byte) ([]byte, error) { return record, nil }
	case s.CSV:
		return func(record []byte) ([]byte, error) { return csvField(record, field) }
	}
	separator := []byte(s.Separator)
	if len(separator) == 0 {
		separator = []byte{'\t'}
	}
	return func(record []byte) ([]byte, error) {
		rest := record
		for n := 1; ; n++ {
			value, after, more := bytes.Cut(rest, separator)
			if n == field {
				return value, nil
			}
			if !more {
				return nil, fmt.Errorf("field %d of %d: %w", field, n, errNoField)
			}
			rest = after
		}
	}
}

func csvField(record []byte, field int) ([]byte, error) {
	if len(bytes.TrimRight(record, "\r\n")) == 0 {
		return nil, fmt.Errorf("field %d of an empty line: %w", field, errNoField)
	}
	r := csv.NewReader(bytes.NewReader(record))
	r.FieldsPerRecord = -1
	fields, err := r.Read()
	if err != nil {
		return nil, err
	}
	if len(fields) < field {
		return nil, fmt.Errorf("field %d of %d: %w", field, len(fields), errNoField)
	}
	return []byte(fields[field-1]), nil
}
