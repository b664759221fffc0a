// Package mapreduce runs a computation over more data than one machine has, on machines
// that fail (Dean and Ghemawat, "MapReduce: Simplified Data Processing on Large
// Clusters", OSDI 2004). The user's half of a job is a Program; a master hands its tasks
// to workers, and again when a worker fails.
//
//	splits            map tasks (M)        regions (M x R)       reduce tasks (R)    outputs
//	+-------+                             on workers' disks
//	| 0     |-------> worker a ---------> 0.0 | 0.1 | 0.2 ---+
//	+-------+                                                +--> worker c --------> out/0
//	| 1     |-------> worker b ---------> 1.0 | 1.1 | 1.2 ---+
//	+-------+                                                +--> worker d --------> out/1
//	| 2     |-------> worker a ---------> 2.0 | 2.1 | 2.2 ---+
//	+-------+          nearby                 pulled              in the global file system
//
// M and R count tasks, not machines or files: both are normally much larger than the
// number of workers, so that fast ones do more of them and the loss of one spreads.
//
// # Fault model
//
// Workers, the master and the node that keeps the outputs crash and restart; a worker's
// disk may be lost, full, or give back other bytes than were written. Messages are lost,
// doubled, late and out of order. Clocks matter only through Elapsed, whose errors make a
// worker look dead or a straggler, which is safe; but a master that gives up too early is
// patient in the end (below), so that a job ends. Nobody lies. User code may panic.
//
// # Guarantee
//
// If the program is deterministic, the R outputs of a job that ends are byte for byte
// those of Sequential, whatever happened, and each was committed once.
//
// If it is not, each output is that of some sequential run: a reduce task sees one
// execution of each map task. But two outputs may be of different runs, as when a worker
// dies between the reads of two reducers and its map tasks are executed again. The
// paper says so in section 3.3; what many remember is only the first half. Skipping bad
// records counts as non-determinism if the code fails at random.
//
// A job ends if in the end some worker stays up, has room, and reaches the master, the
// file system and the other workers, unless user code fails too often.
//
// # Messages
//
//	message    from, to            why
//	Hire       master, worker      work for me: the program, M, R, where the file system is
//	Join       worker, master      I am here, in this life, with so many slots
//	Leave      worker, master      I go
//	Ping       master, worker      what are you doing?
//	Report     worker, master      these attempts run, these have ended, these regions are lost
//	Assign     master, worker      a task, with the token of the attempt
//	Settle     master, worker      these attempts count; these do not, drop them
//	Locate     master, worker      where regions are now, to workers that reduce
//	Dismiss    master, worker      the job is over
//	Fetch      worker, worker      bytes of a region, please
//	Chunk      worker, worker      here they are, or where they lie, or they are gone
//	Open       master, files       shut out earlier masters; which outputs are there?
//	Opened     files, master       these
//	Put        worker, files       bytes of a private output
//	Held       files, worker       so many are there
//	Commit     worker, files       give it its name
//	Committed  files, worker       it has that, or another's has
//	Ask        anybody, master     how is the job doing?
//	Status     master, anybody     so
//
// Every message may be lost or come twice: reports repeat what was not settled, places
// carry versions, puts and fetches carry offsets.
//
// # Invariants
//
//	I1  Of the attempts of a task the first whose completion reaches the master counts,
//	    and while a map task is completed its regions have one set of names. (section 3.3)
//	I2  A map task is completed if and only if its regions have a place on a worker that
//	    has not been given up.
//	I3  A reduce task is completed only when its output is durable under its final name.
//	    It stays so.
//	I4  A reduce body begins when the regions of all M map tasks are there, each read whole
//	    once and found to have its sum.
//	I5  Under a final name there is nothing, or one whole output of one attempt.
//	I6  What an attempt of an earlier epoch, or one that was given up, does changes no table
//	    and no output that is there.
//	I7  Bytes on their way to a reduce task never exceed Credits times Chunk.
//
// # Failures
//
// A worker that is silent for DeadAfter is given up: what it was doing and the maps that
// it had completed are idle again, its completed reduces are not. One that lives and was
// given up in error joins again with what it has; its old attempts are fenced by their
// tokens (package task), and its silence is borne twice as long from then on, up to a
// bound: times that are too short for a network cost work, and not for ever. Regions that cannot be read are reported by who wanted them. A
// full disk is the worker's fault and charges no task. A panic of user code is caught
// where it happens and reported with its record; after SkipAfter of them at one record
// the record is left out (section 4.6).
//
// The master keeps its tables in checkpoints (package checkpoint) if CheckpointEvery says
// so. Its successor, on the same disk, begins a higher epoch, asks the file system which
// outputs are there, and goes on; workers keep the regions that they have. Counters of
// tasks that were completed after the checkpoint and need not run again are lost. Without
// checkpoints the job is aborted, as in the paper, and the client is told.
//
// A worker keeps what it has for a silent master as long as MasterSilence, unless the
// master of another job wants it after YieldAfter.
//
// # Departures from the paper
//
// Regions are read by messages with credits rather than by remote calls; between workers of
// one machine only where they lie is told (Neighbours). A master fetches
// no input and writes no output; but where the workers share no file system, Files is one,
// as far as a job needs it: it belongs on the host that wants the outputs. There the
// first commit wins, where GFS lets the last rename win. Backup tasks go to those that
// seem slow by their progress, not to all that are left; Backups can be set to the paper's
// rule. Tokens are the paper's names of temporary files.
//
// # Not here
//
// How records are read, sorted and written fast, on many cores, is in the Program that a
// job brings; Functions make a plain one. One master runs one job and a worker works for
// one at a time: sharing machines among jobs is the business of a cluster's scheduler.
// Programs must be on the workers already; only their specification travels.
package mapreduce
