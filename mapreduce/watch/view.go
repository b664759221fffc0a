package watch

import (
	"strings"
	"time"
)

// View is a job at a moment. Durations are in nanoseconds in JSON.
type View struct {
	Job     string        `json:"job"`
	State   string        `json:"state"` // one of those below
	Problem string        `json:"problem,omitempty"`
	Elapsed time.Duration `json:"elapsed"`
	Bytes   int64         `json:"bytes"` // of input that was mapped
	Total   int64         `json:"total"` // 0 if it is not known here
	Maps    Tasks         `json:"maps"`
	Reduces Tasks         `json:"reduces"`
	// Running are executions, those that began first before others, at most MostShown.
	Running  []Execution      `json:"running"`
	Workers  []Worker         `json:"workers"` // empty within one process
	Counters map[string]int64 `json:"counters"`
	Figures  []Figure         `json:"figures"`
	Notes    []string         `json:"notes"` // what went wrong on the way
}

// The states of a job.
const (
	Running  = "running"
	Waiting  = "waiting for workers"
	Writing  = "writing the output"
	Finished = "finished"
	Failed   = "failed"
)

// MostShown bounds the lists of a View.
const MostShown = 20

// Tasks are those of one kind, by state.
type Tasks struct {
	Waiting int `json:"waiting"`
	Running int `json:"running"` // executions
	Done    int `json:"done"`
	Again   int `json:"again"` // executions that came to nothing
	// Cells has a letter for each task, or for each PerCell of them; empty where only
	// the numbers are known.
	Cells   string        `json:"cells"`
	PerCell int           `json:"per_cell"`
	Median  time.Duration `json:"median"` // of the executions that count
	Slowest time.Duration `json:"slowest"`
}

// The letters of Cells.
const (
	CellWaiting = 'w'
	CellRunning = 'r'
	CellBackup  = 'b' // running twice
	CellDone    = 'd'
)

// mostCells is how many a person can look at.
const mostCells = 1500

// Cells draws n tasks.
func Cells(n int, state func(task int) byte) (cells string, perCell int) {
	perCell = max(1, (n+mostCells-1)/mostCells)
	var b strings.Builder
	for from := 0; from < n; from += perCell {
		b.WriteByte(together(from, min(from+perCell, n), state))
	}
	return b.String(), perCell
}

// together is the letter of several tasks: what is going on among them, if anything is.
func together(from, to int, state func(int) byte) byte {
	cell := byte(CellDone)
	for task := from; task < to; task++ {
		switch s := state(task); {
		case s == CellBackup:
			return s
		case s == CellRunning, s == CellWaiting && cell == CellDone:
			cell = s
		}
	}
	return cell
}

// Execution is a task that is being run.
type Execution struct {
	Kind      string        `json:"kind"`
	Task      int           `json:"task"`
	Worker    string        `json:"worker,omitempty"`
	Age       time.Duration `json:"age"`
	Progress  int           `json:"progress"` // thousandths; -1 if it is not known
	Backup    bool          `json:"backup"`
	Straggler bool          `json:"straggler"`
}

// Worker is what a master knows of one.
type Worker struct {
	Name    string        `json:"name"`
	Maps    int           `json:"maps"` // that it runs
	Reduces int           `json:"reduces"`
	Held    int           `json:"held"`   // map tasks whose results lie there
	Silent  time.Duration `json:"silent"` // since it was heard of
	Full    bool          `json:"full"`   // its disk is
}

// Figure is a number with its name.
type Figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Straggles tells whether an execution takes long beside those of its kind that are
// over: twice their median, and long enough to be noticed.
func Straggles(age, median time.Duration, done int) bool {
	return done >= 3 && age >= 2*median && age >= 100*time.Millisecond
}
