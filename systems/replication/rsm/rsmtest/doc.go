// Package rsmtest is the harness for engines of package rsm: one place to put a
// group of replicas under load and faults and to judge it, whatever orders the
// commands. An engine's own harness (vrtest, multipaxostest) makes the engine,
// draws its knobs and aims at its weak points.
//
//	Cluster   replicas of a Ledger in a simulated world: cluster.go, machine.go
//	Oracle    sees all replicas at once and keeps what every engine promises,
//	          after every event: oracle.go
//	Clients   a population of clients at the replicas, or, Remote, on hosts of
//	          their own; what they see is a history: client.go, remote.go
//	Plan      faults of the simulator, and an administrator's changes: plan.go
//	Trial     one run: load, faults, healing, agreement, judgement: trial.go
//	Swarm     a trial in which the seed draws everything: swarm.go
//	Aim       an experiment that goes for one weak point: aim.go
//
// What is judged:
//
//	J1  One leader a leadership: no two replicas lead under one number.
//	J2  No two replicas execute different commands at an index.
//	J3  No command is executed twice in one history (sessions).
//	J4  Epoch and commit index of a replica never go back.
//	J5  The clients' history is linearizable, by the order of execution and, where
//	    that is affordable, by a search.
//	J6  When the faults are over the group comes to rest, all members are in the
//	    same state, and it executes another command.
package rsmtest
