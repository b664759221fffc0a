package mapreduce

import (
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// progressOf is how far a job is that a master runs.
func progressOf(s mr.Status, total int64) Progress {
	p := Progress{Maps: statesOf(s.Maps), Reduces: statesOf(s.Reduces), Total: total, Workers: s.Workers}
	if s.Maps.Tasks > 0 {
		share := float64(s.Maps.Done)
		for _, slow := range s.Maps.Slow {
			if !slow.Backup {
				share += float64(slow.Progress) / 1000
			}
		}
		p.Bytes = int64(min(share/float64(s.Maps.Tasks), 1) * float64(total))
	}
	return p
}

func statesOf(t mr.Tally) States {
	return States{Waiting: max(0, t.Tasks-t.Done-t.Running), Running: t.Running, Done: t.Done, Again: max(0, t.Attempts-t.Done-t.Running)}
}

func summaryOf(s mr.Status) Summary {
	out := Summary{Counters: maps.Clone(s.Counters), Backups: s.Backups, Lost: s.WorkersLost}
	for _, k := range []struct {
		kind  Kind
		tally mr.Tally
	}{{MapTask, s.Maps}, {ReduceTask, s.Reduces}} {
		out.Notes = append(out.Notes, fmt.Sprintf("%d %s tasks in %d executions, half of them within %v, the slowest %v",
			k.tally.Tasks, k.kind, k.tally.Attempts, k.tally.Median.Round(time.Millisecond), k.tally.Slowest.Round(time.Millisecond)))
	}
	out.Notes = append(out.Notes,
		fmt.Sprintf("%d workers; %d were lost, and %d completed map tasks run again for that", s.Joined, s.WorkersLost, s.Redone),
		fmt.Sprintf("%d backup tasks, of which %d were first", s.Backups, s.BackupWins),
		fmt.Sprintf("%d bytes fetched by reduce tasks", s.Shuffled))
	if s.Local > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d map tasks ran where their input lies", s.Local))
	}
	if s.Restored > 0 {
		out.Notes = append(out.Notes, "this master went on from a checkpoint; counters are of what it saw, and of what that held")
	}
	for _, f := range s.Failures {
		out.Notes = append(out.Notes, "on the way: "+f)
	}
	return out
}

// describe reads a file as the manifest lists it.
func describe(name string) (Part, error) {
	f, err := os.Open(name)
	if err != nil {
		return Part{}, err
	}
	defer f.Close()
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, f)
	return Part{Name: filepath.Base(name), Bytes: n, CRC32C: sum.Sum32()}, err
}
