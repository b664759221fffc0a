package sim

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// position is a place in a host's log, over all its streams.
type position = wal.Position

// journal is a host's write-ahead log during one incarnation of the host, and
// the one fsync of it that may be under way.
type journal struct {
	event   // the end of that fsync
	host    *Host
	log     *wal.WAL
	busy    bool // an fsync is under way
	syncing wal.Syncing

	appended, written, synced position
}

// durable returns how far the host's log is durable. A host without a log has
// nothing to wait for.
func (h *Host) durable() position {
	if h.journal == nil {
		return 0
	}
	return h.journal.synced
}

// openStream opens the host's log if need be. If that cannot be, the host
// halts, and the node gets a log that leads nowhere.
func (h *Host) openStream(i *incarnation, name string) node.Log {
	if i.over {
		return voidLog{}
	}
	if h.journal == nil {
		log, err := wal.Open(h.disk.open(), wal.Options{
			SegmentSize: h.w.config.Segment,
			Salt:        keyOf(h.w.config.Seed, forDisk, h.name, "salt", strconv.FormatUint(h.incarnation, 10)),
			Unshared:    true,
			Halt:        func(err error) { h.halt(i.service.addr, err) },
		})
		if err != nil {
			h.halt(i.service.addr, err)
			return voidLog{}
		}
		h.journal = newJournal(h, log)
	}
	return &stream{h.journal.log.Stream(i.service.name + "/" + name), i, h.journal}
}

func newJournal(h *Host, log *wal.WAL) *journal {
	j := &journal{host: h, log: log}
	j.appended = log.Position()
	j.written, j.synced = j.appended, j.appended
	j.do = j
	return j
}

// halt stops the host for a reason of its own.
func (h *Host) halt(at node.Addr, err error) { h.bringDown(fmt.Errorf("%s: %w", at, err)) }

// flush writes what the step appended and begins an fsync, unless one is under
// way, which then is followed by the next.
func (h *Host) flush() {
	j := h.journal
	if h.doom != nil {
		return
	}
	if j.appended != j.written {
		written, err := j.log.Write()
		if err != nil {
			h.halt(node.Addr(h.name), err)
			return
		}
		j.written = written
		h.happens(Writes, "")
	}
	if !j.busy && j.written != j.synced && h.doom == nil {
		j.begin()
	}
}

// begin starts an fsync of what is written.
func (j *journal) begin() {
	h := j.host
	j.busy, j.syncing = true, j.log.BeginSync()
	h.w.queue.push(&j.event, h.w.queue.now+int64(h.disk.latency(forFsync)))
}

// act ends the fsync and lets go of what waited for it: first the messages of
// all services, then their Durable functions, each service in a step of its
// own.
func (j *journal) act(w *World) {
	h := j.host
	if h.journal != j || h.defers(&j.event) {
		return
	}
	h.enter()
	w.count(node.Addr(h.name), h.index, synced, 0, 0)
	w.trace.step(trace.Event{Kind: trace.Durable, Place: node.Addr(h.name)})
	j.complete()
	for _, s := range h.services {
		if i := s.live; i != nil && !i.over && len(i.output.due) > 0 {
			w.begin(i, completed, 0, 0)
			w.finish(i)
		}
	}
	if h.doom == nil {
		h.flush()
	}
	h.leave()
	w.observed()
}

func (j *journal) complete() {
	h := j.host
	synced, err := j.syncing.End()
	if j.busy = false; err != nil {
		h.halt(node.Addr(h.name), err)
		return
	}
	j.synced = synced
	h.happens(Fsyncs, "")
	for _, s := range h.services {
		if s.live != nil {
			s.live.release(synced)
		}
	}
}

// stream is a node's log: it tells the output rule how far the node appended.
type stream struct {
	log     *wal.Stream
	inc     *incarnation
	journal *journal
}

func (s *stream) Append(record []byte) node.LSN {
	lsn := s.log.Append(record)
	s.journal.appended = s.journal.log.Position()
	s.inc.output.appended = s.journal.appended
	return lsn
}

func (s *stream) First() node.LSN      { return s.log.First() }
func (s *stream) Next() node.LSN       { return s.log.Next() }
func (s *stream) Trim(before node.LSN) { s.log.Trim(before) }

func (s *stream) Records(from node.LSN) iter.Seq2[node.LSN, []byte] { return s.log.Records(from) }

// voidLog is the log of a node whose host has just halted.
type voidLog struct{}

func (voidLog) Append([]byte) node.LSN { return 1 }
func (voidLog) First() node.LSN        { return 1 }
func (voidLog) Next() node.LSN         { return 1 }
func (voidLog) Trim(node.LSN)          {}

func (voidLog) Records(node.LSN) iter.Seq2[node.LSN, []byte] {
	return func(func(node.LSN, []byte) bool) {}
}
