// Package task keeps the tasks of a node: coroutines on the node's own loop
// (iter.Pull), and the ephemeral addresses under which they wait for answers.
// Both kernels use it, so that a task behaves alike in simulation and live.
//
// A coroutine switch costs about a tenth of a microsecond and no scheduler
// takes part in it, so simulated runs stay deterministic; a goroutine that
// hands over by channels would cost several times as much.
package task
