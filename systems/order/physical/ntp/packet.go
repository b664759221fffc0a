package ntp

import (
	"encoding/binary"
	"fmt"
)

// Packet is the header of every NTP packet (section 7.3).
//
//	0            1        2       3          4          8               12
//	| LI VN Mode | stratum | poll | precision | root delay | root dispersion |
//	12             16                24               32                40              48
//	| reference id | reference time  | origin time    | receive time   | transmit time |
type Packet struct {
	Leap           Leap
	Version        uint8 // 1 to 4
	Mode           Mode
	Stratum        uint8 // 0 in a packet means unspecified, or a kiss-o'-death
	Poll           int8  // log2 seconds
	Precision      int8  // log2 seconds
	RootDelay      Short
	RootDispersion Short
	ReferenceID    RefID
	Reference      Timestamp // when the sender's clock was last corrected
	Origin         Timestamp // T1 as it came
	Receive        Timestamp // T2
	Transmit       Timestamp // T3
}

// Leap is the leap indicator.
type Leap uint8

// Unsynchronized is the leap indicator of a clock that was never set.
const Unsynchronized Leap = 3

// Mode is the association mode.
type Mode uint8

// The modes that are used here.
const (
	Client Mode = 3
	Server Mode = 4
)

// RefID is the reference identifier: four ASCII characters at strata 0 and 1,
// and else who is followed (an IPv4 address, or a hash of the IPv6 one).
type RefID uint32

// RefIDOf returns the identifier of a code of up to four characters, such as GPS.
func RefIDOf(code string) RefID {
	var b [4]byte
	copy(b[:], code)
	return RefID(binary.BigEndian.Uint32(b[:]))
}

// String returns a code as text, and all else as a dotted quad.
func (r RefID) String() string {
	b := binary.BigEndian.AppendUint32(nil, uint32(r))
	for i, c := range b {
		if printable := c >= ' ' && c <= '~'; !printable && (c != 0 || i == 0) {
			return r.quad()
		}
	}
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return string(b[:n])
}

// At shows an identifier as one of a stratum is meant: a code for reference clocks
// and kisses, and else an address, which may as well be a code (LOCL).
func (r RefID) At(stratum uint8) string {
	text, quad := r.String(), r.quad()
	switch {
	case stratum <= 1:
		return text
	case text != quad && text != "":
		return quad + " (" + text + ")"
	}
	return quad
}

func (r RefID) quad() string { return fmt.Sprintf("%d.%d.%d.%d", r>>24, r>>16&255, r>>8&255, r&255) }

// Bounds of a packet's length. What follows the header are extension fields and
// a MAC, in words of four bytes.
const (
	HeaderSize = 48
	MaxSize    = 1024
)

// Decode reads a packet. The error says what is wrong with it.
func Decode(b []byte) (p Packet, err error) {
	if len(b) < HeaderSize || len(b) > MaxSize || len(b)%4 != 0 {
		return p, fmt.Errorf("ntp: decode packet: %d bytes, want %d to %d in words of 4", len(b), HeaderSize, MaxSize)
	}
	p = Packet{
		Leap: Leap(b[0] >> 6), Version: b[0] >> 3 & 7, Mode: Mode(b[0] & 7),
		Stratum: b[1], Poll: int8(b[2]), Precision: int8(b[3]),
		RootDelay:      Short(binary.BigEndian.Uint32(b[4:])),
		RootDispersion: Short(binary.BigEndian.Uint32(b[8:])),
		ReferenceID:    RefID(binary.BigEndian.Uint32(b[12:])),
		Reference:      Timestamp(binary.BigEndian.Uint64(b[16:])),
		Origin:         Timestamp(binary.BigEndian.Uint64(b[24:])),
		Receive:        Timestamp(binary.BigEndian.Uint64(b[32:])),
		Transmit:       Timestamp(binary.BigEndian.Uint64(b[40:])),
	}
	if p.Version < 1 || p.Version > 4 {
		return p, fmt.Errorf("ntp: decode packet: version %d, want 1 to 4", p.Version)
	}
	return p, nil
}

// Append writes a packet.
func (p *Packet) Append(b []byte) []byte {
	b = append(b, byte(p.Leap)<<6|p.Version&7<<3|byte(p.Mode)&7, p.Stratum, byte(p.Poll), byte(p.Precision))
	b = binary.BigEndian.AppendUint32(b, uint32(p.RootDelay))
	b = binary.BigEndian.AppendUint32(b, uint32(p.RootDispersion))
	b = binary.BigEndian.AppendUint32(b, uint32(p.ReferenceID))
	for _, t := range []Timestamp{p.Reference, p.Origin, p.Receive, p.Transmit} {
		b = binary.BigEndian.AppendUint64(b, uint64(t))
	}
	return b
}
