package mapreduce

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/checkpoint"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Master runs one job. It owns the tables of tasks, and everything it says to a
// worker, or a worker to it, may be said again: what counts is decided here.
type Master struct {
	cfg  MasterConfig
	env  node.Env
	term Term
	// phase is where the job stands.
	phase Phase

	tables    [2]*task.Table     // by Kind
	places    []Place            // by map task; the zero Token if its regions are nowhere
	changes   []int              // map tasks whose place changed: the version is the length
	latest    map[uint64]*Locate // that were made since the last change, by version
	gathering bool               // news are about to be told
	local     map[string][]int
	skip      [2]map[int][]uint64 // by Kind, by task
	crashes   map[crash]int
	reduced   bool               // reduce tasks have been handed out
	fulls     int                // attempts that found a disk full since the last that was completed
	doubts    map[task.Token]int // reports that nobody answers for its regions
	workers   map[node.Addr]*worker
	order     []*worker // in the order of joining
	patience  map[node.Addr]*patience

	store    *checkpoint.Store
	number   uint64        // of the latest checkpoint of this incarnation
	late     bool          // the job ended while one was being saved
	saved    time.Duration // when the latest checkpoint began
	changed  bool          // since then
	tick     node.Timer
	news     node.Timer
	count    counts
	problems []string
	verdict  string
}

// worker is one that joined and has not been given up.
type worker struct {
	addr     node.Addr
	life     uint64
	slots    [2]int // by Kind
	running  [2]int
	heard    time.Duration
	known    uint64        // version of places that it has said it knows
	sent     uint64        // and that it was sent
	lags     time.Duration // since when it has said nothing new of that
	shuffled int64
	full     time.Duration // until when it gets no tasks, since its disk is full
	patience *patience
}

// crash is a record at which a task's user code failed.
type crash struct {
	kind   Kind
	task   int
	record uint64
}

// NewMaster returns the node that runs a job. A configuration that Validate refuses
// panics.
func NewMaster(cfg MasterConfig) *Master {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Master{cfg: cfg.withDefaults()}
}

// Start implements node.Node.
func (m *Master) Start(env node.Env) {
	m.env = env
	m.workers, m.crashes, m.doubts = map[node.Addr]*worker{}, map[crash]int{}, map[task.Token]int{}
	m.patience = map[node.Addr]*patience{}
	m.skip = [2]map[int][]uint64{{}, {}}
	m.places = make([]Place, len(m.cfg.Job.Splits))
	for i := range m.places {
		m.places[i].Map = i
	}
	m.local, m.latest = map[string][]int{}, map[uint64]*Locate{}
	for i, s := range m.cfg.Job.Splits {
		for _, h := range s.Hosts {
			m.local[h] = append(m.local[h], i)
		}
	}
	m.tick, m.news = env.Timer(m.ticks), env.Timer(m.tell)
	m.store = checkpoint.Open(env.Disk(), "master", 2)
	m.recover()
}

// prepare makes the tables of an incarnation.
func (m *Master) prepare(epoch uint64) {
	m.term = Term{m.cfg.Job.ID, epoch}
	owner := task.NewOwner(epoch)
	m.tables[MapKind] = owner.Table(len(m.cfg.Job.Splits), m.cfg.Lease)
	m.tables[ReduceKind] = owner.Table(m.cfg.Job.Partitions, m.cfg.Lease)
}

// open shuts out earlier masters from the file system and hears what is there. The
// epoch is durable by now: it is in the checkpoint that Start saved.
func (m *Master) open() {
	m.phase = Opening
	m.ticks()
}

// ticks is the master's rhythm.
func (m *Master) ticks() {
	switch m.phase {
	case Opening:
		m.env.Send(m.cfg.Files, &Open{m.term})
	case Underway:
		//parley:rule mapreduce.failure.ping-detection drop
		m.detect()
		m.hire()
		m.ping()
		m.assignAll()
		m.checkpoint()
	default:
		return
	}
	m.tick.Reset(m.cfg.PingEvery)
}

// Receive implements node.Node.
func (m *Master) Receive(from node.Addr, msg node.Message) {
	if a, ok := msg.(*Ask); ok {
		m.env.Send(from, m.statusFor(a.Job))
		return
	}
	switch msg := msg.(type) {
	case *Opened:
		if m.phase == Opening && msg.Term == m.term && from == m.cfg.Files {
			m.opened(msg)
		}
	case *Join:
		m.join(from, msg)
	case *Leave:
		if w := m.workers[from]; w != nil && w.life == msg.Life && m.phase == Underway {
			m.fail(w, "left")
			m.assignAll()
		}
	case *Report:
		m.report(from, msg)
	}
}

// opened begins the work.
func (m *Master) opened(o *Opened) {
	if o.Problem != "" {
		m.abort("the outputs cannot be written: " + o.Problem)
		return
	}
	for _, p := range o.Have {
		if p >= 0 && p < m.cfg.Job.Partitions {
			m.tables[ReduceKind].Adopt(p, task.Token{}, nil)
		}
	}
	m.phase = Underway
	m.tick.Reset(m.cfg.PingEvery)
	m.hire()
	m.finishIfDone()
}

// Table returns that of a kind, for those who look at a run; nil before it begins.
func (m *Master) Table(k Kind) *task.Table { return m.tables[k] }

// Place returns where the regions of a map task are.
func (m *Master) Place(mapTask int) Place { return m.places[mapTask] }

// Phase returns where the job stands.
func (m *Master) Phase() Phase { return m.phase }
