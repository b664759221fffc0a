package trace

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a rendered detail.
const (
	maxElements = 4  // of a slice or map that are shown
	maxBytes    = 24 // of a byte string
	maxDepth    = 4  // of nesting
)

// Describe renders a detail on one line: the attributes of a note as
// key=value, a message as its fields that are not zero. Long parts are cut.
func Describe(detail any) string {
	switch d := detail.(type) {
	case nil:
		return ""
	case string:
		return d
	case []slog.Attr:
		parts := make([]string, len(d))
		for i, a := range d {
			parts[i] = a.Key + "=" + a.Value.String()
		}
		return strings.Join(parts, " ")
	}
	var b strings.Builder
	describe(&b, reflect.ValueOf(detail), 0)
	return b.String()
}

// TypeName names the type of a message as "raft.Vote".
func TypeName(message any) string {
	t := reflect.TypeOf(message)
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}

func describe(b *strings.Builder, v reflect.Value, depth int) {
	if depth > maxDepth {
		b.WriteString("…")
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		describe(b, v.Elem(), depth)
	case reflect.Struct:
		describeStruct(b, v, depth)
	case reflect.Slice, reflect.Array:
		describeSlice(b, v, depth)
	case reflect.String:
		b.WriteString(quote(v.String()))
	case reflect.Map:
		fmt.Fprintf(b, "map of %d", v.Len()) // its order must not show
	default:
		if v.CanInterface() {
			fmt.Fprint(b, v.Interface())
		} else {
			fmt.Fprint(b, v)
		}
	}
}

func describeStruct(b *strings.Builder, v reflect.Value, depth int) {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(v.Type().Field(i).Name)
		b.WriteByte(':')
		describe(b, v.Field(i), depth+1)
	}
	b.WriteByte('}')
}

func describeSlice(b *strings.Builder, v reflect.Value, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
		b.WriteString(quote(string(v.Bytes())))
		return
	}
	b.WriteByte('[')
	for i := range min(v.Len(), maxElements) {
		if i > 0 {
			b.WriteByte(' ')
		}
		describe(b, v.Index(i), depth+1)
	}
	if more := v.Len() - maxElements; more > 0 {
		fmt.Fprintf(b, " … %d more", more)
	}
	b.WriteByte(']')
}

// quote renders text as it is and binary data in hexadecimal, cut to a bound.
func quote(s string) string {
	cut, tail := s, ""
	if len(s) > maxBytes {
		cut, tail = s[:maxBytes], fmt.Sprintf("… %d bytes", len(s))
	}
	if utf8.ValidString(cut) && strings.IndexFunc(cut, func(r rune) bool { return !strconv.IsPrint(r) }) < 0 {
		return strconv.Quote(cut) + tail
	}
	return fmt.Sprintf("0x%x%s", cut, tail)
}
