// Package pbfttest is the experiments of package pbft: groups of native replicas some
// of which an adversary controls, clients that believe nobody, an oracle that sees all
// correct replicas at once, and a bench on which one replica is examined.
package pbfttest
