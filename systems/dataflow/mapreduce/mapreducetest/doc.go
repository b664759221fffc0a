// Package mapreducetest is the harness and the experiments of package mapreduce.
//
//	Cluster   a master, workers, the file system and a client, in a world: cluster.go
//	input     lines of words or numbers, and what a job must make of them: input.go
//	programs  the users' functions: programs.go
//	watcher   sees every event and says what must not be: watcher.go
//	trial     one run: trial.go
//	Paper     a cluster of the paper's size, whose tasks are bytes: paper.go, machine.go
//
// The experiments:
//
//	equivalence       a swarm of faults; the output is that of a sequential run
//	tasks             without faults every task is done once
//	spill             the regions of one map task
//	combiner          what it spares the network, and the time
//	combiner-laws     which reductions may be combined
//	partition         which output a key is in
//	dead-worker       what is done again, and what is not
//	large-scale-loss  sixteen of twenty workers go
//	master-fails      abort, or the latest checkpoint
//	two-executions    of one map task that is not deterministic
//	atomic-output     what a reader of final names sees
//	stragglers        one slow worker, without and with backup tasks
//	skew              a straggler on machines that are all alike
//	reducers-persist  which disks hold what, while reducers fetch
//	lineage           stages in memory, and a partition that is lost
//	bad-records       user code that panics
//	full-disk         the worker's fault, not the task's
//	membership        workers come and go
//	garbage           messages that nobody should have sent
//	paper             section 5: scan, sort, no backups, workers killed
package mapreducetest
