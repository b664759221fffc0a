package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

type note struct {
	Text []byte `wire:"1"`
}

var _ = wire.Register[note]("live.note")

func TestFramesComeBackAsTheyWereWritten(t *testing.T) {
	sizes := []int{0, 1, 100, readAhead - 40, readAhead, readAhead + 1, 3 * readAhead}
	var b []byte
	for _, size := range sizes {
		var err error
		m := message{from: "a/x#7", to: "b/y", m: &note{bytes.Repeat([]byte{'z'}, size)}}
		if b, err = appendMessage(b, m, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(b), "halves": iotest.HalfReader(bytes.NewReader(b)),
	} {
		in := newFrames(r, 1<<20)
		for _, size := range sizes {
			k, body, err := in.next()
			if err != nil || k != messages {
				t.Fatalf("%s: kind %d, %v", name, k, err)
			}
			to, from, encoded, err := parseMessage(body)
			if err != nil || string(to) != "y" || string(from) != "x#7" {
				t.Fatalf("%s: from %q to %q, %v", name, from, to, err)
			}
			if m, err := wire.Unmarshal(encoded); err != nil || len(m.(*note).Text) != size {
				t.Fatalf("%s: size %d: %v", name, size, err)
			}
		}
		if _, _, err := in.next(); err != io.EOF {
			t.Fatalf("%s: at the end: %v", name, err)
		}
	}
}

func TestACutFrameIsNotAnEnd(t *testing.T) {
	whole, _ := appendMessage(nil, message{from: "a/x", to: "b/y", m: &note{make([]byte, 10)}}, 1<<20)
	for cut := 1; cut < len(whole); cut++ {
		if _, _, err := newFrames(bytes.NewReader(whole[:cut]), 1<<20).next(); err != io.ErrUnexpectedEOF {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
	}
}

func TestAnnouncedLengthsCostNoMemory(t *testing.T) {
	b := append(binary.LittleEndian.AppendUint32(nil, 1<<30), byte(messages))
	in := newFrames(io.MultiReader(bytes.NewReader(b), strings.NewReader("short")), 1<<30)
	if _, _, err := in.next(); err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	if cap(in.large) > 2*readAhead {
		t.Fatalf("%d bytes for a frame of which 5 came", cap(in.large))
	}
}

func TestAMessageThatExceedsTheLimitLeavesTheBufferAsItWas(t *testing.T) {
	before := []byte("before")
	b, err := appendMessage(before, message{from: "a/x", to: "b/y", m: &note{make([]byte, 100)}}, 50)
	if large := (*tooLarge)(nil); !errors.As(err, &large) || string(b) != "before" {
		t.Fatalf("%q, %v", b, err)
	}
}

func TestSenderAddressesAreSharedAndBounded(t *testing.T) {
	a := addresses{"h", map[string]node.Addr{}}
	for i := range 3 * maxAddresses {
		name := binary.AppendUvarint([]byte("s"), uint64(i))
		if got := a.of(name); got != node.Join("h", string(name)) {
			t.Fatalf("address %q", got)
		}
		a.of(append(name, "#call"...))
	}
	if len(a.seen) != maxAddresses {
		t.Fatalf("%d addresses kept", len(a.seen))
	}
	service := []byte("raft")
	b := addresses{"h", map[string]node.Addr{}}
	b.of(service)
	if n := testing.AllocsPerRun(100, func() { b.of(service) }); n != 0 {
		t.Fatalf("%v allocations for a known sender", n)
	}
}

func FuzzFrames(f *testing.F) {
	whole, _ := appendMessage(nil, message{from: "a/x#7", to: "b/y#1", m: &note{make([]byte, 10)}}, 1<<20)
	f.Add(whole)
	f.Add(append(bytes.Clone(preamble), introduction{"c", "a", "b"}.append(nil)...))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := newFrames(bytes.NewReader(b), 1<<16)
		consumed := 0
		for {
			k, body, err := in.next()
			if err != nil {
				break
			}
			consumed += headSize + len(body)
			if consumed > len(b) || k < hello || k > alive {
				t.Fatalf("frame of kind %d ends at %d of %d bytes", k, consumed, len(b))
			}
			to, from, encoded, err := parseMessage(body)
			if err == nil && len(to)+len(from)+len(encoded) > len(body) {
				t.Fatal("parts exceed the whole")
			}
		}
	})
}

func FuzzHandshake(f *testing.F) {
	hi := introduction{"c", "a", "b"}
	f.Add(hi.append(bytes.Clone(preamble)))
	f.Add([]byte("parley\x00\x02"))
	f.Add([]byte{0x16, 0x03, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		in := newFrames(bytes.NewReader(b), maxHello)
		if err := readPreamble(in.r); err != nil {
			if bytes.HasPrefix(b, preamble) {
				t.Fatalf("a good preamble: %v", err)
			}
			return
		}
		k, body, err := in.next()
		if err != nil || k != hello {
			return
		}
		intro, err := parseIntroduction(body)
		if err != nil {
			return
		}
		// Lengths may be written longer than need be, so bytes need not agree,
		// but what they say must.
		again, err := parseIntroduction(intro.append(nil)[headSize:])
		if err != nil || again != intro {
			t.Fatalf("%+v becomes %+v, %v", intro, again, err)
		}
	})
}

func TestComplaintsAreBoundedAndCounted(t *testing.T) {
	var c complaints
	now, said := time.Unix(0, 0), 0
	for i := range 100 {
		if _, ok := c.take(now, complaint{about: strconv.Itoa(i)}); ok {
			said++
		}
	}
	withheld, ok := c.take(now.Add(time.Second), complaint{about: "100"})
	if said != complaintsPerSecond || !ok || withheld != 100-said {
		t.Fatalf("%d said, then %d withheld, %v", said, withheld, ok)
	}
	for i := range 3 * maxTold {
		c.take(now.Add(time.Duration(i)*time.Second), complaint{about: strconv.Itoa(i)})
	}
	if len(c.told) > maxTold {
		t.Fatalf("%d are remembered, %d at most", len(c.told), maxTold)
	}
}

func TestTheSameComplaintIsMadeOnceAMinute(t *testing.T) {
	var c complaints
	begin, said := time.Unix(0, 0), map[complaint]int{}
	whats := []complaint{{"a", "version 2"}, {"a", "cluster"}, {"b", "version 2"}}
	for second := range 121 {
		for _, what := range whats {
			if _, ok := c.take(begin.Add(time.Duration(second)*time.Second), what); ok {
				said[what]++
			}
		}
	}
	for _, what := range whats {
		if said[what] != 3 {
			t.Errorf("%v was said %d times in two minutes, want at their beginning, middle and end", what, said[what])
		}
	}
}
