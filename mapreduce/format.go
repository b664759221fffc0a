package mapreduce

import (
	"bytes"
	"fmt"
)

// Format says where records end.
type Format struct {
	kind  formatKind
	width int
}

type formatKind int

const (
	lines formatKind = iota
	csvRecords
	fixedWidth
)

// Lines are records that end with a newline, which does not belong to them. It
// is the zero Format.
func Lines() Format { return Format{} }

// CSV is records as in RFC 4180: a newline within quotes does not end one.
func CSV() Format { return Format{kind: csvRecords} }

// Fixed is records of that many bytes, one directly behind the other.
func Fixed(width int) Format { return Format{kind: fixedWidth, width: width} }

func (f Format) check() error {
	if f.kind == fixedWidth && (f.width < 1 || f.width > 1<<30) {
		return fmt.Errorf("records of %d bytes: need 1 to %d", f.width, 1<<30)
	}
	return nil
}

// cut returns the length of the records at the start of data, which is the start
// of a record: all complete ones that begin before limit. done says that the next
// one begins at limit or behind it.
func (f Format) cut(data []byte, limit int64) (n int, done bool) {
	switch f.kind {
	case fixedWidth:
		whole := int64(len(data) / f.width * f.width)
		wanted := (limit + int64(f.width) - 1) / int64(f.width) * int64(f.width)
		return int(min(whole, wanted)), wanted <= whole
	case csvRecords:
		for int64(n) < limit {
			length := f.next(data[n:])
			if length < 0 {
				return n, false
			}
			n += length
		}
		return n, true
	}
	if limit <= 0 {
		return 0, true
	}
	if limit <= int64(len(data)) {
		if i := bytes.IndexByte(data[limit-1:], '\n'); i >= 0 {
			return int(limit) + i, true
		}
	}
	return bytes.LastIndexByte(data, '\n') + 1, false
}

// next returns the length of the first record, its end included, or -1 if data
// ends before.
func (f Format) next(data []byte) int {
	switch f.kind {
	case fixedWidth:
		if len(data) < f.width {
			return -1
		}
		return f.width
	case csvRecords:
		quoted := false
		for i := 0; ; i++ {
			at := bytes.IndexAny(data[i:], "\"\n")
			if at < 0 {
				return -1
			}
			i += at
			if data[i] == '"' {
				quoted = !quoted
			} else if !quoted {
				return i + 1
			}
		}
	}
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1
	}
	return -1
}

// Records calls f with each record of b, without its end, and its offset. It
// stops at the first error.
func (f Format) Records(b Block, each func(offset int64, record []byte) error) error {
	data, offset := b.Data, b.Offset
	for len(data) > 0 {
		n := f.next(data)
		if n < 0 {
			n = len(data) // the last record of a file may lack its end
		}
		record := data[:n]
		if f.kind != fixedWidth && record[n-1] == '\n' {
			record = record[:n-1]
		}
		if err := each(offset, record); err != nil {
			return err
		}
		data, offset = data[n:], offset+int64(n)
	}
	return nil
}
