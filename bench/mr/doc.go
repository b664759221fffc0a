// Command mr measures `parley mr` beside what one would use instead: coreutils, awk,
// and a loop in Go. It prints processor seconds, wall seconds and the largest
// memory of a process, medians of rounds in which all take turns, and how ours relate
// to each peer's.
//
//	go run ./bench/mr -rounds 3
//	go run ./bench/mr -only wordcount,sort -size 67108864
//
// Outputs are compared in every round: what is quick and wrong is an error. Input is
// generated once, by the corpus of package mapreduce, and is in the system's cache
// when it is measured.
package main
