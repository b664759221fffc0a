package main

import (
	"encoding/binary"
	"io"
	"log"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
	"go.uber.org/zap"
)

// member is one replica: a loop that owns the library's state and the map.
type member struct {
	id      uint64
	inbox   *inbox
	leads   atomic.Bool
	storage *raft.MemoryStorage
	wal     *wal.WAL
	net     *raftNet
	stop    chan struct{}
	running sync.WaitGroup

	// The loop's own.
	node    *raft.RawNode
	m       map[string][]byte
	applied uint64
	last    uint64            // number of a write or a group of reads; no other member's
	writes  map[uint64]*write // proposed here, by number
	groups  map[uint64][]*read
	ready   []group // have an index that is not applied yet
}

// group is reads that share an index.
type group struct {
	index uint64
	reads []*read
}

// first is the index at which a group begins that has never had another log.
const first = 1

func startMember(id uint64, dir string, l net.Listener, addresses map[uint64]string, reads raft.ReadOnlyOption) (*member, error) {
	m := &member{
		id: id, inbox: newInbox(), storage: raft.NewMemoryStorage(), stop: make(chan struct{}),
		m: map[string][]byte{}, applied: first, last: id << 56, writes: map[uint64]*write{}, groups: map[uint64][]*read{},
	}
	boot := &raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{
		Index: new(uint64(first)), Term: new(uint64(1)), ConfState: &raftpb.ConfState{Voters: []uint64{1, 2, 3}},
	}}
	if err := m.storage.ApplySnapshot(boot); err != nil {
		return nil, err
	}
	var err error
	m.node, err = raft.NewRawNode(&raft.Config{
		ID: id, ElectionTick: 10, HeartbeatTick: 1, Storage: m.storage, Applied: first,
		MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 512,
		CheckQuorum: true, PreVote: true, ReadOnlyOption: reads,
		Logger: &raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)},
	})
	if err != nil {
		return nil, err
	}
	if m.wal, err = wal.Create(zap.NewNop(), dir, nil); err != nil {
		return nil, err
	}
	m.net = startRaftNet(id, l, addresses, m.inbox)
	m.running.Go(m.run)
	return m, nil
}

func (m *member) close() {
	close(m.stop)
	m.net.close()
	m.running.Wait()
	_ = m.wal.Close() // its files are removed next
}

func (m *member) run() {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	var all waiting
	for {
		select {
		case <-m.stop:
			return
		case <-ticker.C:
			m.node.Tick()
		case <-m.inbox.kick:
			all = m.inbox.take(all)
			m.step(all)
		}
		for m.node.HasReady() {
			if err := m.handle(m.node.Ready()); err != nil {
				log.Fatalf("member %d: %v", m.id, err) // it can keep no promise
			}
		}
	}
}

// step feeds the library. It refuses messages of members that it does not know
// and proposals that it cannot place; the latter end here.
func (m *member) step(all waiting) {
	for _, msg := range all.messages {
		_ = m.node.Step(msg) // what is refused is sent again, or obsolete
	}
	if len(all.writes) > 0 {
		m.propose(all.writes)
	}
	if len(all.reads) > 0 {
		m.last++
		m.groups[m.last] = append([]*read(nil), all.reads...)
		m.node.ReadIndex(binary.LittleEndian.AppendUint64(nil, m.last))
	}
}

// propose gives all writes to the library as one proposal of many entries.
func (m *member) propose(writes []*write) {
	p := &raftpb.Message{Type: raftpb.MsgProp.Enum(), From: new(m.id)}
	from := m.last + 1
	for _, w := range writes {
		m.last++
		data := make([]byte, 0, 16+len(w.value))
		data = binary.LittleEndian.AppendUint64(data, m.last)
		data = append(append(data, w.key...), w.value...)
		p.Entries = append(p.Entries, &raftpb.Entry{Data: data})
		m.writes[m.last] = w
	}
	if err := m.node.Step(p); err != nil {
		for n := from; n <= m.last; n++ {
			m.writes[n].done <- err
			delete(m.writes, n)
		}
	}
}

// handle has a leader's log written while its followers write theirs (section
// 10.2.1 of Ongaro's thesis), and callers answered before both: what is committed
// is on the disks of a majority already. A follower says nothing before its log
// is written.
func (m *member) handle(rd raft.Ready) error {
	if rd.SoftState != nil {
		m.leads.Store(rd.RaftState == raft.StateLeader)
	}
	for _, s := range rd.ReadStates {
		n := binary.LittleEndian.Uint64(s.RequestCtx)
		m.ready = append(m.ready, group{s.Index, m.groups[n]})
		delete(m.groups, n)
	}
	leads := m.leads.Load()
	if leads {
		m.net.send(rd.Messages)
	}
	m.apply(rd.CommittedEntries)
	m.answer()
	if err := m.wal.Save(rd.HardState, rd.Entries); err != nil {
		return err
	}
	if err := m.storage.Append(rd.Entries); err != nil {
		return err
	}
	if !leads {
		m.net.send(rd.Messages)
	}
	m.node.Advance(rd)
	return m.trim()
}

func (m *member) apply(entries []*raftpb.Entry) {
	for _, e := range entries {
		m.applied = e.GetIndex()
		d := e.GetData()
		if len(d) == 0 {
			continue // a new leader's first
		}
		m.m[string(d[8:16])] = append([]byte(nil), d[16:]...)
		n := binary.LittleEndian.Uint64(d)
		if w := m.writes[n]; w != nil {
			delete(m.writes, n)
			w.done <- nil
		}
	}
}

// answer ends the reads whose index has been applied.
func (m *member) answer() {
	left := m.ready[:0]
	for _, g := range m.ready {
		if g.index > m.applied {
			left = append(left, g)
			continue
		}
		for _, r := range g.reads {
			_ = m.m[string(r.key)]
			r.done <- nil
		}
	}
	m.ready = left
}

// margin is how many applied entries stay in memory for a peer that is behind;
// etcd keeps as many.
const margin = 5_000

// trim forgets entries that everybody has, now and then.
func (m *member) trim() error {
	oldest, err := m.storage.FirstIndex()
	if err != nil || m.applied < oldest+10*margin {
		return err
	}
	everywhere := m.applied
	if m.leads.Load() {
		m.node.WithProgress(func(_ uint64, _ raft.ProgressType, p tracker.Progress) {
			everywhere = min(everywhere, p.Match)
		})
	}
	if everywhere <= oldest+margin {
		return nil
	}
	return m.storage.Compact(everywhere - margin)
}
