// Package twophasetest is the harness and the experiments of two-phase commit.
//
//	Stage    one transaction in a world in which every step is directed: stage.go,
//	         with what its hosts spend (meter.go)
//	Cluster  banks, coordinators and tellers in a world that runs by itself:
//	         cluster.go, teller.go; under faults: swarm.go
//	Oracle   agreement, unanimity, and what clients were told, at every step (J1 to
//	         J3): oracle.go
//	script   an experiment of scenes on stages: script.go
//
// At rest, it is also demanded that nothing holds a lock, that every account
// holds what was committed, once, and that the sum is what it was.
//
// The experiments:
//
//	small               every step of one transaction is a move of a search
//	transfers           fifty tellers under a swarm of faults
//	replicated          the same on a replicated log; and with parallel commit
//	phases, healthy     nothing fails: order, messages, time
//	late-vote, after-the-vote, ask-peers, all-voted-yes
//	                    impatience, and what can be learnt from whom
//	participant-fails, coordinator-fails, every-step
//	                    crashes, at every point
//	participant-down, outage, latency, staged
//	                    what others notice, and what a replicated log changes
//	costs               records and messages, against the paper's table
//	locks, starvation, eventual-agreement, safety-or-liveness
//	                    what safety and liveness mean
package twophasetest
