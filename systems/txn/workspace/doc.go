// Package workspace is what a transaction keeps to itself until it commits, under
// schemes that let nobody see what is not committed: optimistic control and the
// multi-version schemes.
//
//	Writes  private copies of what it writes, in the order of the keys
//	Reads   which keys and ranges it has read, there or not, so that phantoms count
//	Cursor  a walk over what the scheme shows it, with its copies in front
//	Turn    one transaction at a time puts its copies into the store
//
// # Turns
//
// A store may let a change wait, for a page to be written for example, and others go
// on meanwhile. Whoever has the turn is not overtaken by another that installs. So
// from its validation to its commit record a transaction is alone with the store's
// changes, which then come in the order of the commits (duty S1 of scheme).
package workspace
