// Package badday hurts three real hosts while real clients use them, and judges
// what the clients saw.
//
//	clients, several a host           one driver, from a seed
//	puts, swaps, reads ──► hosts ◄── kill -9, all at once, SIGSTOP, restart
//	      │
//	      ▼
//	history ──► kernel/check: linearizable? revisions in order?
//	      └───► nothing acknowledged is missing at the end
//
// Beside these runs, each of the other ways in which a day can be bad has a test
// of its own: disks that are full, cannot sync or lie, directories that are gone,
// clocks an hour apart, ports that are taken, strangers who send garbage, clients
// who ask too much or never listen. The table in docs/running.md names them.
//
// PARLEY_INTEROP_SEED picks the driver's seed and PARLEY_INTEROP_SECONDS how long
// each run lasts; both are short by default.
package badday
