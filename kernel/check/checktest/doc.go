// Package checktest judges the judges of package check.
//
//	ByDefinition  the definition word for word, for tiny histories
//	Tiny          draws histories of which about half are linearizable
//	Atomic        draws longer ones from a store that is, with the order in
//	              which its changes took effect
//	Mutate        damages a history
//	Parse, Show   histories as text, for tests
//
// The experiment consistency/judges compares all of them by seed: Porcupine and
// the search against the definition, and on longer histories the two judges of
// linearizability against each other.
package checktest
