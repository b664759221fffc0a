package ntp

import "time"

// Timestamp is the 64-bit format: seconds since 1900 modulo 2^32, and 2^-32 of
// them. Zero means unknown.
type Timestamp uint64

// Short is the 32-bit format of delays and dispersions: 16 bits of seconds, and
// 2^-16 of them.
type Short uint32

// era is the length of an NTP era; the prime epoch is that of era 0.
const (
	era   = 1 << 32
	prime = -2_208_988_800 // 1900-01-01 in Unix seconds
)

// TimestampOf returns the timestamp of a time, to the nearest quarter nanosecond.
func TimestampOf(t time.Time) Timestamp {
	seconds := uint64(t.Unix() - prime)
	fraction := (uint64(t.Nanosecond())<<32 + 500_000_000) / 1_000_000_000
	return Timestamp(seconds<<32 + fraction)
}

// Time returns the time of a timestamp, in the era that puts it closest to a time
// nearby: the format repeats every 136 years.
func (t Timestamp) Time(near time.Time) time.Time {
	seconds := int64(t>>32) + prime
	nanoseconds := (int64(t&0xffffffff)*1_000_000_000 + 1<<31) >> 32
	eras := (near.Unix() - seconds + era/2) >> 32 // rounds down, also below zero
	return time.Unix(seconds+eras*era, nanoseconds).UTC()
}

// before tells whether t is earlier than u, if they are less than 68 years apart.
func (t Timestamp) before(u Timestamp) bool { return int64(t-u) < 0 }

// ShortOf returns the short format of a number of seconds, clamped to its range.
func ShortOf(seconds float64) Short {
	return Short(min(max(seconds*65536+0.5, 0), 1<<32-1))
}

// Seconds returns the number of seconds.
func (s Short) Seconds() float64 { return float64(s) / 65536 }
