// Package aries is the log and the recovery of the engine, after Mohan, Haderle,
// Lindsay, Pirahesh and Schwarz: ARIES: A Transaction Recovery Method Supporting
// Fine-Granularity Locking and Partial Rollbacks Using Write-Ahead Logging (TODS
// 17(1), 1992). Sections below are that paper's.
//
//	record.go      log records                                     4.1
//	change.go      what records do to pages: redo, undo, before and after
//	manager.go     transaction table, writing records, nested top actions   4.3, 9
//	commit.go      the commit point, the end, chains given back     5
//	rollback.go    total and partial, with compensations            5.2
//	checkpoint.go  fuzzy checkpoints, trimming of the log           5.4
//	master.go      where a restart begins
//	restart.go     analysis, redo, undo                             6
//
// # Rules
//
//	A1  Whoever changes a page appends the record first and gives the page that
//	    record's LSN (pageLSN). No page is written ahead of the log (pool B1).
//	A2  A transaction has committed when its commit record is durable. The end
//	    record only says that nothing is left to do for it; nobody waits for it.
//	A3  Redo repeats history: every change whose page is in the dirty page table,
//	    with a recLSN that is not greater, and has a lesser pageLSN, is carried out,
//	    whoever made it.
//	A4  Every undo, also that of an ordinary rollback, is logged as a compensation,
//	    which is redo-only and says in UndoNextLSN what is to be undone next. So no
//	    change is undone twice, however often a restart is cut short.
//	A5  A nested top action ends with a compensation that leads around it.
//	A6  The master record leads to a checkpoint only when both its records are
//	    durable. The log is trimmed to what a restart from there needs.
package aries
