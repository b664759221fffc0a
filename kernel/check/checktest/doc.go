// Package checktest judges the judges of package check.
//
//	ByDefinition            the definition word for word, for tiny histories
//	CausalByDefinition      that of causal consistency, CausalPlusByDefinition of
//	                        causal consistency with convergence
//	Tiny                    draws histories of which about half are linearizable
//	Atomic                  draws longer ones from a store that is, with the order in
//	                        which its changes took effect
//	Mutate                  damages a history
//	Parse, Show             histories as text, for tests
//
// The experiment consistency/judges compares all of them by seed: Porcupine and
// the search against the definition, and on longer histories the two judges of
// linearizability against each other. consistency/spectrum compares the models:
// each admits what the one above it admits, and more.
package checktest
