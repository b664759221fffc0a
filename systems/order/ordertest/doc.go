// Package ordertest is what the harnesses of the systems of time and order
// share: one simulated run with its faults, its judgement and its figures. What
// is asked and who judges stands in clocktest, multicasttest, physicaltest and
// snapshottest.
package ordertest
