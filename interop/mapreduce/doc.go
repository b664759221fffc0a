// Package mapreduce hurts real worker processes in the middle of real jobs and
// compares the output with that of one process: workers that are killed, that are
// slow, that leave and join, that have no room, and that nobody can reach. A worker
// is this test's own binary, as it is for programs of mapreduce.Main.
package mapreduce
