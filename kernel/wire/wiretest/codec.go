package wiretest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/kernel/wire"
)

// Codec verifies that the AppendWire and ReadWire of *T do what the tags of T
// ask for: the same bytes, the same values, the same inputs refused.
func Codec[T any](t *testing.T) {
	t.Helper()
	if _, ok := any(new(T)).(wire.Codec); !ok {
		t.Fatalf("%T is no wire.Codec", new(T))
	}
	rapid.Check(t, func(t *rapid.T) {
		m := Message[T](t)
		b, err := differ(m)
		if err == nil {
			err = differOn[T](damage(t, b))
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// differ encodes *m by hand and by its tags, and decodes that. It returns the
// bytes, and what differs.
func differ[T any](m *T) ([]byte, error) {
	byTags, err := wire.AppendBody(nil, plain(m))
	if err != nil {
		return nil, err
	}
	byHand, err := wire.AppendBody(nil, m)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(byHand, byTags) {
		return nil, fmt.Errorf("AppendWire of %+v\nby hand %x\nby tags %x", m, byHand, byTags)
	}
	return byTags, differOn[T](byTags)
}

// differOn decodes b by hand and by the tags. What was decoded is compared
// encoded, since NaN does not equal itself.
func differOn[T any](b []byte) error {
	hand := new(T)
	tags := plain(new(T))
	errHand, errTags := wire.UnmarshalBody(b, hand), wire.UnmarshalBody(b, tags)
	if (errHand == nil) != (errTags == nil) {
		return fmt.Errorf("decode %x\nby hand: %v\nby tags: %v", b, errHand, errTags)
	}
	if errHand != nil {
		return nil
	}
	back, err := wire.AppendBody(nil, plain(hand))
	want, errWant := wire.AppendBody(nil, tags)
	if !bytes.Equal(back, want) {
		err = fmt.Errorf("decode %x\nby hand: %+v\nby tags: %+v", b, hand, tags)
	}
	return errors.Join(err, errWant)
}

// plain copies what travels of *m into a struct with the same fields and none
// of the methods, so that wire goes by the tags.
func plain(m any) any {
	from := reflect.ValueOf(m).Elem()
	p := reflect.New(plainType(from.Type()))
	for i := range p.Elem().NumField() {
		name := p.Elem().Type().Field(i).Name
		p.Elem().Field(i).Set(from.FieldByName(name))
	}
	return p.Interface()
}

func plainType(t reflect.Type) reflect.Type {
	var fields []reflect.StructField
	for i := range t.NumField() {
		if f := t.Field(i); f.Name != "_" && f.Tag.Get("wire") != "-" {
			f.Anonymous = false
			fields = append(fields, f)
		}
	}
	return reflect.StructOf(fields)
}

// damage changes, removes, doubles or adds a few bytes.
func damage(t *rapid.T, b []byte) []byte {
	b = bytes.Clone(b)
	for range rapid.IntRange(1, 3).Draw(t, "wounds") {
		from := rapid.IntRange(0, len(b)).Draw(t, "from")
		to := rapid.IntRange(from, min(len(b), from+8)).Draw(t, "to")
		switch rapid.IntRange(0, 2).Draw(t, "wound") {
		case 0:
			b = append(b[:from:from], b[to:]...)
		case 1:
			b = append(b[:to:to], b[from:]...)
		case 2:
			b = append(append(b[:from:from], rapid.SliceOfN(rapid.Byte(), 1, 3).Draw(t, "bytes")...), b[to:]...)
		}
	}
	return b
}
