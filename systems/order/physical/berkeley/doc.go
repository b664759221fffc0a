// Package berkeley keeps the clocks of a group together without a time server.
// After R. Gusella and S. Zatti, "The accuracy of the clock synchronization
// achieved by TEMPO in Berkeley UNIX 4.3BSD", IEEE TSE 15(7), 1989.
//
// One member is the master. Round by round it measures by how much each other
// clock differs from its own (Cristian's way), takes the average of those that
// are close to each other, its own included, and tells everybody by how much to
// correct the clock. It sends a difference and no time: that stays right however
// long the message takes.
//
// # Faults
//
// Messages are lost and delayed; members crash, the master among them; a minority
// of clocks is wildly wrong.
//
// # Guarantee
//
// I1. After a round the clocks that took part are within the error of the
// measurements, half of the longest round trip, of each other, but for drift.
//
// I2. A clock that is further than Config.Gamma from what most clocks show does
// not move the average. It is corrected like the others.
//
// I3. As long as some members are up and reach each other, one of them is the
// master in the end: the first in the list.
//
// The group agrees with itself, and with the true time only as well as the
// average of its oscillators does.
//
//	message  from     to       why
//	Poll     master   member   what does your clock show? Also: I am the master
//	Reading  member   master   T1 as it came, T2 and T3
//	Adjust   master   member   correct your clock by this much
//
// # Departures
//
// Corrections are slewed or stepped (Config.Step). The election is simpler than
// the paper's: a member that was not polled for a while, the longer the further
// down the list it is, takes over, and gives way to a Poll from one further up.
package berkeley
