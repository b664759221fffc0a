package kv

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// furnished returns a store that has some of everything.
func furnished(t testing.TB) *Store {
	s := New(Options{})
	for i := range 300 {
		s.must(t, put(fmt.Sprintf("k%d", i%40), fmt.Sprint(i)))
	}
	s.must(t, &Command{LeaseGrant: &LeaseGrant{ID: -5, TTL: 60}})
	s.must(t, &Command{LeaseGrant: &LeaseGrant{ID: 9, TTL: 60}})
	s.must(t, &Command{Put: &Put{Key: []byte("leased"), Lease: 9}})
	s.must(t, put("large", string(make([]byte, 100<<10))))
	s.must(t, remove("k1", "k2"))
	s.must(t, compact(250))
	s.must(t, &Command{AlarmActivate: &AlarmActivate{Kind: AlarmNoSpace, Member: 1}})
	return s
}

func snapshot(t testing.TB, s *Store) []byte {
	var b bytes.Buffer
	c := s.Capture()
	defer c.Release()
	n, err := c.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("wrote %d of %d bytes: %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestARestoredStoreIsTheSameAndGoesOnTheSame(t *testing.T) {
	s, again := furnished(t), New(Options{})
	if err := again.Restore(bytes.NewReader(snapshot(t, s))); err != nil {
		t.Fatal(err)
	}
	commands := []*Command{
		{AlarmDeactivate: &AlarmDeactivate{Kind: AlarmNoSpace, Member: 1}},
		{LeaseRevoke: &LeaseRevoke{ID: 9}}, put("k3", "new"), compact(280), remove("k", "l"),
	}
	for _, c := range commands {
		a, b := s.Apply(0, c.Encode()), again.Apply(0, c.Encode())
		if !bytes.Equal(a, b) || s.Digest() != again.Digest() {
			t.Fatalf("after %+v the two differ", c)
		}
	}
	if !bytes.Equal(snapshot(t, s), snapshot(t, again)) {
		t.Fatal("equal states are written differently")
	}
}

func TestWhatWasCapturedDoesNotChange(t *testing.T) {
	s := furnished(t)
	want := snapshot(t, s)
	captured := s.Capture()
	s.must(t, &Command{AlarmDeactivate: &AlarmDeactivate{Kind: AlarmNoSpace, Member: 1}})
	for i := range 1000 {
		s.must(t, put(fmt.Sprintf("k%d", i%50), "later"))
	}
	s.must(t, &Command{LeaseKeepAlive: &LeaseKeepAlive{ID: 9}})
	s.must(t, remove("k", "l"))
	s.must(t, compact(s.Revision()))
	for range 100 {
		s.do(t, compact(0))
	}
	var got bytes.Buffer
	if _, err := captured.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	captured.Release()
	if !bytes.Equal(got.Bytes(), want) {
		t.Fatal("later commands reached a capture")
	}
}

func TestADamagedSnapshotIsAnError(t *testing.T) {
	good := snapshot(t, furnished(t))
	for at := 0; at < len(good); at += 1 + at/50 {
		for _, bad := range [][]byte{good[:at], flipped(good, at)} {
			if err := New(Options{}).Restore(bytes.NewReader(bad)); !errors.Is(err, ErrSnapshot) {
				t.Fatalf("damaged at byte %d of %d: %v", at, len(good), err)
			}
		}
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x10
	return b
}

func FuzzRestore(f *testing.F) {
	f.Add(snapshot(f, New(Options{})))
	f.Add(snapshot(f, furnished(f)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(Options{})
		if s.Restore(bytes.NewReader(b)) == nil {
			s.Apply(0, put("a", "b").Encode())
		}
	})
}
