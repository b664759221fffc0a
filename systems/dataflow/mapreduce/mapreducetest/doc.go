// Package mapreducetest is the harness and the experiments of package mapreduce.
package mapreducetest
