// Package console shows experiments in the browser: a run as a Lamport diagram,
// event by event with the state of each node; what clients saw, with the order
// that explains it; and the ledger of the canon, from where each claim leads to
// its experiment and to what happens without its rule.
//
// New returns a handler for
//
//	experiments/   the diagram            history/   what clients saw
//	canon/         the ledger             all of them by package look's shell
//
// A page asks a player (package player) for runs: on the server, which is what
// POST experiments/ask is for, or in the page itself, where the same code runs as
// WebAssembly. What a page finds in experiments/mode.json tells it which. Export
// writes pages and program as files that work from any file server.
//
//	I1  Nothing that a page asks for changes anything but what the player keeps.
//	I2  Who wants a run with a rule taken out gets it from an engine that was
//	    built with switches, never from the player of this process.
package console
