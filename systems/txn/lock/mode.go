package lock

// Mode says what a lock permits its owner, and denies others.
type Mode uint8

// The modes, each before those that cover it.
const (
	// IntentShared announces shared locks below.
	IntentShared Mode = iota + 1
	// IntentExclusive announces exclusive locks below.
	IntentExclusive
	// Shared is for reading.
	Shared
	// Update is for reading what will be written.
	Update
	// SharedIntentExclusive reads everything and announces exclusive locks below.
	SharedIntentExclusive
	// Exclusive is for writing.
	Exclusive
)

// set is a set of modes.
type set uint8

func modes(list ...Mode) (s set) {
	for _, m := range list {
		s |= 1 << m
	}
	return s
}

func (s set) has(m Mode) bool { return s&(1<<m) != 0 }

// admits holds, for a lock that is held, which modes others may be granted.
var admits = [...]set{
	IntentShared:          modes(IntentShared, IntentExclusive, Shared, Update, SharedIntentExclusive),
	IntentExclusive:       modes(IntentShared, IntentExclusive),
	Shared:                modes(IntentShared, Shared, Update),
	Update:                0,
	SharedIntentExclusive: modes(IntentShared),
	Exclusive:             0,
}

// covered holds the modes that a mode makes unnecessary.
var covered = [...]set{
	IntentShared:          modes(IntentShared),
	IntentExclusive:       modes(IntentShared, IntentExclusive),
	Shared:                modes(IntentShared, Shared),
	Update:                modes(IntentShared, Shared, Update),
	SharedIntentExclusive: modes(IntentShared, IntentExclusive, Shared, SharedIntentExclusive),
	Exclusive:             modes(IntentShared, IntentExclusive, Shared, Update, SharedIntentExclusive, Exclusive),
}

// Admits tells whether another transaction may be granted a mode while m is
// held.
func (m Mode) Admits(asked Mode) bool { return admits[m].has(asked) }

// Covers tells whether m permits all that n does.
func (m Mode) Covers(n Mode) bool { return covered[m].has(n) }

// Join returns the weakest mode that covers both.
func (m Mode) Join(n Mode) Mode {
	for j := IntentShared; j < Exclusive; j++ {
		if j.Covers(m) && j.Covers(n) {
			return j
		}
	}
	return Exclusive
}

// String returns the usual abbreviation.
func (m Mode) String() string { return [...]string{"none", "IS", "IX", "S", "U", "SIX", "X"}[m] }
