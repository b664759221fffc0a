// Package jobs holds the jobs that people run without writing one: word count,
// grep, sort, inverted index, join, distinct, top k, and map and reduce as shell
// commands. Each is a mapreduce.Plan made from a Spec, which is plain data, so
// that workers on other machines make the same.
//
// They see blocks of records rather than records, and count in words of eight
// bytes, which is what makes them fast; what a job of one's own looks like stands
// in package mapreduce.
package jobs
