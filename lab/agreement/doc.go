// Package agreement measures the family of agreement protocols side by side in the
// simulator: what an operation costs without faults, and what ten bad days do to a
// group's clients. docs/agreement.md is written from it:
//
//	parley bench agreement
//
// Every protocol orders the same commands of the same store for the same clients
// (systems/replication/rsm), with its default settings, on links of the same delay
// and disks of the same speed, so what differs is the protocol.
//
//	Family     who is compared, and what each promises: family.go
//	Cost       rounds, messages, bytes, syncs of an operation: cost.go
//	Days       the ten bad days, and what clients saw of them: days.go
//	Paper      what the papers say, and how well it fits: theory.go
//	Loaded     the cost of an operation among many: load.go
//	Commit     two-phase commit, by how its decisions are kept: commit.go
//	Report     tables and figures: report.go, tables.go, figures.go
package agreement
