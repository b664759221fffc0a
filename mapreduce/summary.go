package mapreduce

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Summary is what a job did.
type Summary struct {
	Wall     time.Duration
	Counters map[string]int64
	Tasks    []TaskTime
	Outputs  []Part
	Backups  int      // executions that were started beside others
	Lost     int      // workers that were given up
	Notes    []string // what else a master tells
}

// stragglerFactor is how many times as long as the median a task takes that
// counts as a straggler.
const stragglerFactor = 2

const slowestShown = 3

// String shows counters, the slowest tasks and the stragglers.
func (s Summary) String() string {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, name := range slices.Sorted(maps.Keys(s.Counters)) {
		fmt.Fprintf(t, "%d\t %s\t\n", s.Counters[name], name)
	}
	t.Flush()
	for _, kind := range []Kind{MapTask, ReduceTask} {
		s.describe(&text, kind)
	}
	for _, note := range s.Notes {
		text.WriteString(note + "\n")
	}
	fmt.Fprintf(&text, "%v in all\n", s.Wall.Round(time.Millisecond))
	return text.String()
}

func (s Summary) describe(text *strings.Builder, kind Kind) {
	tasks := slices.DeleteFunc(slices.Clone(s.Tasks), func(t TaskTime) bool { return t.Kind != kind })
	slices.SortFunc(tasks, func(a, b TaskTime) int { return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Task, b.Task)) })
	if len(tasks) == 0 {
		return
	}
	median := tasks[len(tasks)/2].Time
	fmt.Fprintf(text, "%d %s tasks, half of them within %v; slowest:", len(tasks), kind, median.Round(time.Millisecond))
	for _, t := range tasks[:min(slowestShown, len(tasks))] {
		fmt.Fprintf(text, " %d (%v%s)", t.Task, t.Time.Round(time.Millisecond), on(t.Worker))
	}
	fmt.Fprintf(text, "; stragglers: %d\n", len(s.stragglers(tasks, median)))
}

func on(worker string) string {
	if worker == "" {
		return ""
	}
	return " on " + worker
}

func (s Summary) stragglers(tasks []TaskTime, median time.Duration) []TaskTime {
	return slices.DeleteFunc(slices.Clone(tasks), func(t TaskTime) bool {
		return len(tasks) < 3 || t.Time < stragglerFactor*median || t.Time < 100*time.Millisecond
	})
}
