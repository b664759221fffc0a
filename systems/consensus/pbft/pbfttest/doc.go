// Package pbfttest is the experiments of package pbft: groups of native replicas some
// of which an adversary controls, clients that believe nobody, and an oracle that sees
// all correct replicas at once.
//
//	Cluster    replicas, each in a Liar, which does nothing until somebody takes the
//	           host over; clients; outsiders: cluster.go liar.go client.go
//	Adversary  what somebody does with a replica: adversaries.go attacks.go
//	Trial      load, lies and faults, healing of what is not a liar, agreement,
//	           judgement: trial.go
//	bench      one replica, examined message by message: bench.go normal.go views.go
//	proof      what can be tried exhaustively, without a world: pure.go motivation.go
//
// What is judged:
//
//	J1  No two correct replicas execute different batches at one number.
//	J2  No two correct replicas prepare different batches at one number of one view.
//	J3  What a correct replica executes is prepared at f+1 correct ones.
//	J4  No operation is executed twice in one state.
//	J5  The history of the correct clients is linearizable, by the order of execution.
//	J6  When network and hosts are well again, though the liars are not, all operations
//	    end, the correct replicas are in one state, and another operation works.
//
// A liar has the keys of its replica and no others: it seals what it likes by them
// (pbft.Party). Run the experiments with `parley check pbft`.
package pbfttest
