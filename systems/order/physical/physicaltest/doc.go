// Package physicaltest is the harness and the experiments of the protocols that
// synchronize clocks: cristian, berkeley, ntp and truetime.
//
// The simulator knows the true time, and every host has an oscillator that drifts
// and a time of day that is wrong (wall in world.go); what an experiment measures
// is a protocol's own software clock against the true time.
//
//	naive, cristian, asymmetry, sync-once       one client, one server
//	berkeley, berkeley-failures                 a group without a server
//	ntp-filter, ntp-selection, ntp-strata       parts of NTP
//	ntp-holdover, ntp-slew                      its clock discipline
//	kiss-o-death                                a server that is asked too often
//	causality                                   what the remaining error costs
//	truetime                                    intervals that contain the truth
//	commit-wait                                 and what waiting for them buys
package physicaltest
