// Package mapreduce runs a computation over more data than one machine has
// (Dean and Ghemawat, "MapReduce: Simplified Data Processing on Large Clusters",
// OSDI 2004). The user's half of a job is a Program; a master hands its tasks to
// workers, and again when a worker fails.
package mapreduce
