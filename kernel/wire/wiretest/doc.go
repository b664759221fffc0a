// Package wiretest helps to test types that travel through kernel/wire: it
// draws values of them, and verifies encoders written by hand.
package wiretest
