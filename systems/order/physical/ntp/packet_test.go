package ntp_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// layout is section 7.3, figure 8, word by word.
const layout = `
	24 01 06 ec
	00 01 80 00
	00 00 40 00
	47 50 53 00
	ee 00 00 01  80 00 00 00
	ee 00 00 02  40 00 00 00
	ee 00 00 03  20 00 00 00
	ee 00 00 04  10 00 00 00`

func bytesOf(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestThePacketHasTheLayoutOfFigure8: every field stands where the RFC puts it.
func TestThePacketHasTheLayoutOfFigure8(t *testing.T) {
	want := ntp.Packet{
		Leap: 0, Version: 4, Mode: ntp.Server, Stratum: 1, Poll: 6, Precision: -20,
		RootDelay: ntp.ShortOf(1.5), RootDispersion: ntp.ShortOf(0.25), ReferenceID: ntp.RefIDOf("GPS"),
		Reference: 0xee000001_80000000, Origin: 0xee000002_40000000,
		Receive: 0xee000003_20000000, Transmit: 0xee000004_10000000,
	}
	got, err := ntp.Decode(bytesOf(t, layout))
	if err != nil || got != want {
		t.Fatalf("decoded %+v, %v, want %+v", got, err, want)
	}
	if b := want.Append(nil); !bytes.Equal(b, bytesOf(t, layout)) {
		t.Errorf("encoded % x", b)
	}
}

// TestPacketsOfOtherSizesAreRefused: extension fields and a MAC may follow the
// header, in words.
func TestPacketsOfOtherSizesAreRefused(t *testing.T) {
	header := bytesOf(t, layout)
	for n, fine := range map[int]bool{
		0: false, 1: false, 47: false, 48: true, 49: false, 68: true, ntp.MaxSize: true, ntp.MaxSize + 4: false,
	} {
		b := append(bytes.Clone(header), make([]byte, ntp.MaxSize)...)[:n]
		if _, err := ntp.Decode(b); (err == nil) != fine {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for version := range byte(8) {
		b := bytes.Clone(header)
		b[0] = version<<3 | 4
		if _, err := ntp.Decode(b); (err == nil) != (version >= 1 && version <= 4) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

// TestTimestampsPassTheEndOfTheEra: on 7 February 2036 the seconds begin again.
func TestTimestampsPassTheEndOfTheEra(t *testing.T) {
	end := time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC)
	for _, at := range []time.Time{end.Add(-time.Nanosecond), end, end.Add(time.Hour), end.Add(-50 * 365 * 24 * time.Hour)} {
		if got := ntp.TimestampOf(at).Time(end); !got.Equal(at) {
			t.Errorf("%v came back as %v", at, got)
		}
	}
}

// FuzzDecode: what is read is written as it was.
func FuzzDecode(f *testing.F) {
	f.Add(bytesOf(f, layout))
	f.Add(append(bytesOf(f, layout), make([]byte, 20)...))
	f.Add([]byte{0x23})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ntp.Decode(b)
		if err != nil {
			return
		}
		if again := p.Append(nil); !bytes.Equal(again, b[:ntp.HeaderSize]) {
			t.Errorf("% x\nbecame\n% x", b, again)
		}
	})
}
