// Package tidy keeps the house rules, as tests: whoever breaks one reads in the
// failure what to do about it.
//
//	imports      who may import whom: the partial order in order.go
//	libraries    which package may use which third-party module, and why
//	determinism  what protocol packages must not do (package determinism)
//	docs         packages and the contract's exported names are documented
//	sizes        files and functions that a reader can hold in the head
//	names        packages are named for what they are
//	words        nothing that speaks of one machine, and no work left lying
//	canon        every //parley:rule names an item; the index is fresh
//	modules      ARCHITECTURE.md says of every dependency why it is there
//
// Every rule is a function from a Tree to findings, and is tested itself on
// small trees that break it. Exceptions stand beside the rule, one by one, each
// with its reason, and one that nothing needs any more is a finding too.
package tidy
