package mapreduce

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Phase is where a job stands.
type Phase uint8

// The phases of a job. A job ends in one of the last three.
const (
	Starting Phase = iota // the master makes its epoch durable
	Opening               // and shuts out earlier masters
	Underway
	Finished
	Failed
	Aborted
)

func (p Phase) String() string {
	return [...]string{"starting", "opening", "under way", "finished", "failed", "aborted"}[min(p, Aborted)]
}

// Status is what a master tells of its job.
type Status struct {
	Job     string `wire:"1"`
	Phase   Phase  `wire:"2"`
	Problem string `wire:"3"` // why it failed or was aborted
	Maps    Tally  `wire:"4"`
	Reduces Tally  `wire:"5"`
	Workers int    `wire:"6"` // at present
	// Counters are the sums over the executions that count, each once. A master that went on
	// from a checkpoint lacks those of tasks that were completed after it, if their outputs
	// are there and they need not run again.
	Counters Counters `wire:"7"`
	// Failures are what went wrong on the way, the first 100.
	Failures []string `wire:"8"`

	Joined      int `wire:"9"`  // workers, each time
	WorkersLost int `wire:"10"` // given up: silent, restarted or gone
	Redone      int `wire:"11"` // map tasks that had been completed
	Unread      int `wire:"12"` // of them, because reducers could not read their regions
	Expired     int `wire:"13"` // attempts that a worker said nothing of
	Backups     int `wire:"14"`
	BackupWins  int `wire:"15"` // backups that were first
	Local       int `wire:"16"` // map attempts on a host that has the split
	Skipped     int `wire:"17"` // bad records
	Full        int `wire:"18"` // attempts that found a disk full
	Restored    int `wire:"19"` // 1 if this master went on from a checkpoint
	Checkpoints int `wire:"20"`

	MapBytes    int64         `wire:"21"` // in regions, of completed attempts
	Shuffled    int64         `wire:"22"` // fetched by the workers of now
	OutputBytes int64         `wire:"23"`
	Elapsed     time.Duration `wire:"24"` // of this master
}

// Tally is how many tasks of a kind there are, by state.
type Tally struct {
	Tasks    int           `wire:"1"`
	Running  int           `wire:"2"`
	Done     int           `wire:"3"`
	Attempts int           `wire:"4"` // granted by this master
	Slowest  time.Duration `wire:"5"` // of the attempts that won
	Median   time.Duration `wire:"6"`
	// Slow are the attempts that have run longest, at most 5.
	Slow []Slow `wire:"7"`
}

// Slow is an attempt in progress.
type Slow struct {
	Task     int           `wire:"1"`
	Token    task.Token    `wire:"2"`
	Worker   node.Addr     `wire:"3"`
	Age      time.Duration `wire:"4"`
	Progress int           `wire:"5"` // thousandths
	Backup   bool          `wire:"6"`
}

// counts is what a master counts for Status.
type counts struct {
	joined, lost, redone, unread, expired         int
	backups, wins, local, skipped, full, restored int
	checkpoints                                   int
	granted                                       [2]int
	bytes                                         [2]int64
}

// Status returns how the job is doing.
func (m *Master) Status() Status {
	c := &m.count
	s := Status{
		Job: m.cfg.Job.ID, Phase: m.phase, Problem: m.verdict,
		Maps: m.tally(MapKind), Reduces: m.tally(ReduceKind), Workers: len(m.order),
		Counters: Counters{}, Failures: m.problems,
		Joined: c.joined, WorkersLost: c.lost, Redone: c.redone, Unread: c.unread, Expired: c.expired,
		Backups: c.backups, BackupWins: c.wins, Local: c.local, Skipped: c.skipped, Full: c.full,
		Restored: c.restored, Checkpoints: c.checkpoints,
		MapBytes: c.bytes[MapKind], OutputBytes: c.bytes[ReduceKind], Elapsed: m.env.Elapsed(),
	}
	for k := range m.tables {
		if m.tables[k] != nil {
			s.Counters.Add(m.tables[k].Counters())
		}
	}
	for _, w := range m.order {
		s.Shuffled += w.shuffled
	}
	return s
}

func (m *Master) tally(k Kind) Tally {
	t := m.tables[k]
	if t == nil {
		return Tally{}
	}
	out := Tally{Tasks: t.Len(), Done: t.Done(), Running: len(t.Attempts()), Attempts: m.count.granted[k]}
	out.Slowest, out.Median = t.Slowest()
	for _, a := range t.Attempts() { // in the order of their beginning
		if len(out.Slow) == 5 {
			break
		}
		out.Slow = append(out.Slow, Slow{a.Task, a.Token, a.Worker, m.env.Elapsed() - a.Began, a.Progress, a.Backup})
	}
	return out
}

func (m *Master) statusFor(job string) *Status {
	if job != m.cfg.Job.ID {
		return &Status{Job: job, Problem: ErrUnknownJob.Error()}
	}
	s := m.Status()
	return &s
}

// note keeps what went wrong on the way, in the trace and for Status.
func (m *Master) note(problem string) {
	m.env.Note(problem)
	if len(m.problems) < 100 {
		m.problems = append(m.problems, problem)
	}
}

// Standing is what a master knows of a worker.
type Standing struct {
	Worker  node.Addr
	Running [2]int        // attempts, by Kind
	Held    int           // completed map tasks whose regions it has
	Silent  time.Duration // since it was heard of
	Full    bool          // it gets no tasks, since its disk is full
}

// Staff returns the workers that have not been given up, in the order of joining.
func (m *Master) Staff() []Standing {
	held := map[node.Addr]int{}
	for _, p := range m.places {
		if p.Worker != "" {
			held[p.Worker]++
		}
	}
	now := m.env.Elapsed()
	var all []Standing
	for _, w := range m.order {
		all = append(all, Standing{w.addr, w.running, held[w.addr], now - w.heard, now < w.full})
	}
	return all
}

// Inspect implements node.Inspector.
func (m *Master) Inspect() any { return m.Status() }
