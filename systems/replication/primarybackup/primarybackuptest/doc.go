// Package primarybackuptest is the experiments of package primarybackup, on the
// harness of package rsmtest, which says what is judged in all of them. The view
// server has a host of its own. Judged besides: one view a number, and that every
// primary but the first had a role in the view before.
//
//	linearizable        the seed draws everything
//	failover            servers die in the moments that decide what a successor has
//	split-brain         a primary and some clients are cut off from the view server
//	false-death         a healthy primary is taken for dead
//	continuous-service  servers die one after the other: how long is nobody served?
//	pings               which silence counts as death
//	lone-primary        what a primary does, and who waits for it, without a backup
//	acknowledgement     a primary dies before, and after, its backup is complete
//	during-transfer     operations while a backup is brought up to date
//	wrong-server        clients ask who is not primary
//	limits              the view server dies; Raft on the same faults
//	leader              one orderer against none: messages, slow hosts, gaps
//	transfer-methods    the log or a checkpoint: what each weighs
//	transfer-timeout    the view server's patience against the time of a transfer
//
// Run them with `parley check primarybackup`.
package primarybackuptest
