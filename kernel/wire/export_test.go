package wire

// CheckFlat tells whether a struct may be a Codec.
var CheckFlat = checkFlat

// UnmarshalCounting is Unmarshal that also tells how many fields it skipped.
func UnmarshalCounting(b []byte) (m any, unknown int, err error) {
	r := newReader(b, false)
	m = r.registered()
	unknown = r.unknown
	return m, unknown, r.close()
}
