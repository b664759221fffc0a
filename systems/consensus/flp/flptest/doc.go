// Package flptest is the experiments of package flp and of the ways round what it
// shows.
//
//	no-protocol        protocols drawn from a family: each fails
//	candidates         ten that try, each with the failure expected of it
//	lemmas             the lemmas of the proof, computed
//	adversary          Paxos, kept undecided; the run is judged anew
//	small              a protocol of package flp, event by event
//	randomized         Ben-Or's protocol under a swarm of faults
//	single-proposal    why Ben-Or decides on more than f proposals, and adopts one
//	coins              its rounds against the worst scheduler, and the geometric distribution
//	liars              f Byzantine processes among n > 5f, and one too many
//	partial-synchrony  a detector that is wrong until a time T
//	locked             a coordinator cut off as it decides, or proposes
//	one-at-a-time      two crashes, overlapping or not
//	axes               one synchronous protocol in all models
package flptest
