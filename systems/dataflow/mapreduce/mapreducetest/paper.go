package mapreducetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Paper is one of the jobs of the paper's section 5 on a virtual cluster. The master, its
// tables and its messages are real; the workers speak its protocol, and their task bodies
// are bytes that take the time of disks and networks.
type Paper struct {
	// Machines is how many workers there are; 1,746 if zero. M, R and the network scale
	// with it.
	Machines int
	// Grep scans a terabyte for a rare pattern; else it is sorted.
	Grep bool
	// NoBackups turns backup tasks off.
	NoBackups bool
	// Killed is how many worker processes are killed, and start again at once, at
	// KilledAt; 250 s if zero.
	Killed   int
	KilledAt time.Duration
	// Slow is how many machines' disks go bad, one after the other over 15 minutes; 17 if
	// zero.
	Slow int
	Seed uint64
}

// PaperRun is what such a job does, second by second.
type PaperRun struct {
	Elapsed time.Duration
	Status  mapreduce.Status
	// Bytes in each second of the run: read from the input, sent from map to reduce
	// tasks, written to outputs (one copy).
	Input, Shuffle, Output []float64
	Events                 uint64
	Hash                   uint64
}

// The costs. Disk and network rates are those that the paper's figures 2 and 3 show at
// their peaks, divided by the machines; how many machines are slow, and by how much, is
// fitted to its run without backups. What follows for backups and killed workers is not
// put in.
const (
	paperMachines = 1746
	paperMaps     = 15_000 // of 64 MB
	paperReduces  = 4_000  // of the sort

	splitBytes = 64e6

	openTime    = 1200 * time.Millisecond // to begin a task and open its input
	readRate    = 25e6                    // bytes a second of a local split
	remoteRate  = 18e6
	spillRate   = 15e6  // of a map's output to the local disk
	sortRate    = 10e6  // of a reduce's pairs, in memory and by spills
	fetchMost   = 6e6   // bytes a second that one reduce task takes
	fetchShare  = 1.4e6 // of all machines, each
	writeMost   = 3e6   // of an output, with its second copy on another machine
	writeShare  = 2.0e6
	quantum     = 5 * time.Second
	slowBy      = 7 // a bad disk is slower
	paperSlow   = 17
	goneBad     = 900 * time.Second // until the last of them is bad
	startAtMost = 60 * time.Second  // to bring the program to a machine
)

// model is what the machines of a run share.
type model struct {
	p                 Paper
	machines          int
	maps, reduces     int
	fetching, writing map[string]bool // machines
	run               *PaperRun
	w                 *sim.World
}

// Run makes the run. An error means that the job did not end well.
func (p Paper) Run(configure func(*sim.Config)) (*PaperRun, error) {
	if p.Machines == 0 {
		p.Machines = paperMachines
	}
	if p.Slow == 0 {
		p.Slow = paperSlow
	}
	if p.KilledAt == 0 {
		p.KilledAt = 250 * time.Second
	}
	m := &model{
		p: p, machines: p.Machines, maps: max(1, paperMaps*p.Machines/paperMachines), reduces: max(1, paperReduces*p.Machines/paperMachines),
		fetching: map[string]bool{}, writing: map[string]bool{}, run: &PaperRun{},
	}
	if p.Grep {
		m.reduces = 1
	}
	c := sim.Config{Seed: p.Seed, Events: 1 << 26}
	if configure != nil {
		configure(&c)
	}
	m.w = sim.New(c)
	defer m.w.Close()
	err := m.perform()
	m.run.Events, m.run.Hash = m.w.Events(), m.w.Hash()
	return m.run, err
}

func (m *model) perform() error {
	over := false
	var workers []node.Addr
	for i := range m.machines {
		workers = append(workers, node.Join(fmt.Sprint("w", i), "worker"))
	}
	cfg := mapreduce.MasterConfig{
		Job:   mapreduce.Job{ID: job, Splits: m.splits(), Partitions: m.reduces},
		Files: filesAddr, Workers: workers, PingEvery: 10 * time.Second, DeadAfter: 30 * time.Second, Lease: 25 * time.Second,
		NotifyEvery: 2 * time.Second, NoBackups: m.p.NoBackups, SlowStart: 1,
		// As in section 3.6: near the end of a phase all that is in progress.
		Backups: task.Speculation{Done: 950, Slower: 1, Most: m.maps},
		Ended:   func(s mapreduce.Status) { over, m.run.Status, m.run.Elapsed = true, s, m.w.Now() },
	}
	m.w.Host(filesHost).Serve("files", func() node.Node { return mapreduce.NewFiles() })
	m.w.Host(masterHost).Serve("master", func() node.Node { return mapreduce.NewMaster(cfg) })
	for i, a := range workers {
		m.w.Host(a.Host()).Serve("worker", func() node.Node { return &machine{model: m, number: i} })
	}
	for i := range m.p.Killed {
		h := m.w.Host(fmt.Sprint("w", i*m.machines/m.p.Killed))
		m.w.At(m.p.KilledAt, func() { h.Crash(); h.Restart() })
	}
	for m.w.Now() < time.Hour && !over {
		m.w.Run(time.Second)
	}
	if !over || m.run.Status.Phase != mapreduce.Finished {
		return fmt.Errorf("the job is %v (%v) after %v: %d of %d map and %d of %d reduce tasks are done", m.run.Status.Phase, m.w.Host(masterHost).Err(), m.w.Now(),
			m.run.Status.Maps.Done, m.maps, m.run.Status.Reduces.Done, m.reduces)
	}
	return nil
}

// splits has three machines keep each split, as GFS does.
func (m *model) splits() (all []mapreduce.Split) {
	for i := range m.maps {
		s := mapreduce.Split{Bytes: int64(splitBytes)}
		for k := range 3 {
			s.Hosts = append(s.Hosts, fmt.Sprint("w", (i*7919+k*(m.machines/3+1)+i/m.machines*31)%m.machines))
		}
		all = append(all, s)
	}
	return all
}

// slow is by how much a machine's disk is slower now than others.
func (m *model) slow(number int) float64 {
	for k := range m.p.Slow {
		if (k*613+33)%m.machines == number && m.w.Now() >= goneBad*time.Duration(2*k+1)/time.Duration(2*m.p.Slow) {
			return slowBy
		}
	}
	return 1
}

// spread adds bytes to a curve, evenly over a span of time.
func (m *model) spread(curve *[]float64, from, to time.Duration, bytes float64) {
	first, last := int(from/time.Second), int(to/time.Second)
	for len(*curve) <= last {
		*curve = append(*curve, 0)
	}
	for s := first; s <= last; s++ {
		(*curve)[s] += bytes / float64(last-first+1)
	}
}
