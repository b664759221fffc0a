// Package wiretest helps to test types that travel through kernel/wire.
//
//	func TestVoteByHand(t *testing.T) { wiretest.Codec[Vote](t) }
//
// verifies an AppendWire and a ReadWire: for drawn values they must give the
// bytes that the tags of the struct ask for, and for damaged bytes they must
// refuse what the tags refuse. Message draws values for property tests of any
// kind; what fails is shrunk.
package wiretest
