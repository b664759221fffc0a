// Package wire compares kernel/wire with two well-kept codecs, on a small
// message and on two large ones. The README has the figures.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative pb/raft.proto
