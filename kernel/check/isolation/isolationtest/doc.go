// Package isolationtest judges the judge of package isolation.
//
//	Serializable, Snapshot  the definitions word for word, by search over all
//	                        orders, for tiny histories
//	Store                   a toy database of a chosen isolation, which makes
//	                        histories; its slips make wrong ones
//
// The experiments compare the judge with the definitions, and show what the
// levels mean: serializability without real time, and linearizable objects
// without transactions.
package isolationtest
