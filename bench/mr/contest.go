package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// contest is one job, and those who do it. The first is ours.
type contest struct {
	name, what string
	entrants   func(s *setup) []entrant
}

type entrant struct {
	name    string
	command string // of the shell
	// same normalizes what it prints, where peers print it in another form or order;
	// a shell command, or "" for the bytes as they are.
	same string
}

func quote(names ...string) string {
	for i, name := range names {
		names[i] = "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return strings.Join(names, " ")
}

var contests = []contest{
	{"wordcount", "words of Zipf text, counted", func(s *setup) []entrant {
		self, _ := os.Executable()
		files := quote(slices.Clone(s.text)...)
		return []entrant{
			{"parley mr wordcount", quote(s.parley) + " mr wordcount -q " + files, ""},
			{"a loop in Go", quote(self) + " -plain " + files, ""},
			{"mawk", "mawk '{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) printf \"%s\\t%d\\n\", w, n[w] }' " + files, "LC_ALL=C sort"},
			{"tr, sort, uniq", "cat " + files + ` | tr -s ' \t\n' '\n\n\n' | LC_ALL=C sort -S512M --parallel=2 | uniq -c`, `awk '{ print $2 "\t" $1 }'`},
		}
	}},
	{"sort", "records of 100 bytes, sorted within 100 MiB", func(s *setup) []entrant {
		return []entrant{
			{"parley mr sort", quote(s.parley) + " mr sort -q --memory 100MiB " + quote(s.records), ""},
			{"GNU sort", "LC_ALL=C sort -S100M --parallel=2 " + quote(s.records), ""},
		}
	}},
	{"grep", "a string that does not occur", func(s *setup) []entrant {
		files := quote(slices.Clone(s.text)...)
		return []entrant{
			{"parley mr grep", quote(s.parley) + " mr grep -q zzqzzq " + files, ""},
			{"GNU grep", "LC_ALL=C grep zzqzzq " + files + " || true", ""},
		}
	}},
	{"procs", "words counted by worker processes, one task at a time each", func(s *setup) []entrant {
		files := quote(slices.Clone(s.text)...)
		ours := quote(s.parley) + " mr wordcount -q "
		return []entrant{
			{"two workers", ours + "--tasks 2 --procs 2 -r 2 --split 24MiB " + files, ""},
			{"one worker", ours + "--tasks 1 --procs 1 -r 2 --split 24MiB " + files, ""},
		}
	}},
}

// cost is what one run took.
type cost struct {
	cpu, wall time.Duration
	memory    int64 // of the largest process, in bytes
}

func (c contest) run(s *setup) error {
	entrants := c.entrants(s)
	costs := make([][]cost, len(entrants))
	for range s.rounds {
		var want []byte
		for i, e := range entrants {
			out := filepath.Join(s.dir, "answer")
			spent, err := e.measure(out)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			costs[i] = append(costs[i], spent)
			sum, err := e.digest(out)
			if err != nil {
				return err
			}
			if i == 0 {
				want = sum
			} else if !bytes.Equal(sum, want) {
				return fmt.Errorf("%s and %s give different answers", entrants[0].name, e.name)
			}
		}
	}
	c.print(entrants, costs)
	return nil
}

func (e entrant) measure(out string) (cost, error) {
	f, err := os.Create(out)
	if err != nil {
		return cost{}, err
	}
	defer f.Close()
	cmd := exec.Command("sh", "-c", e.command)
	cmd.Stdout, cmd.Stderr = f, os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, err
	}
	spent := cost{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		spent.memory = usage.Maxrss << 10
	}
	return spent, nil
}

func (e entrant) digest(out string) ([]byte, error) {
	f, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	if e.same == "" {
		_, err = io.Copy(sum, f)
		return sum.Sum(nil), err
	}
	cmd := exec.Command("sh", "-c", e.same)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = f, sum, os.Stderr
	err = cmd.Run()
	return sum.Sum(nil), err
}

func (c contest) print(entrants []entrant, costs [][]cost) {
	fmt.Printf("\n%s: %s\n%-22s %12s %12s %10s   %s\n", c.name, c.what, "", "processor s", "wall s", "MiB", "ours: processor, wall")
	ours := median(costs[0])
	for i, e := range entrants {
		m := median(costs[i])
		fmt.Printf("%-22s %12.2f %12.2f %10.0f", e.name, m.cpu.Seconds(), m.wall.Seconds(), float64(m.memory)/(1<<20))
		if i > 0 {
			fmt.Printf("   %.2f, %.2f", ours.cpu.Seconds()/m.cpu.Seconds(), ours.wall.Seconds()/m.wall.Seconds())
		}
		fmt.Println()
	}
}

// median takes each figure by itself.
func median(all []cost) cost {
	pick := func(less func(a, b cost) int) cost {
		sorted := slices.SortedFunc(slices.Values(all), less)
		return sorted[len(sorted)/2]
	}
	return cost{
		cpu:    pick(func(a, b cost) int { return int(a.cpu - b.cpu) }).cpu,
		wall:   pick(func(a, b cost) int { return int(a.wall - b.wall) }).wall,
		memory: pick(func(a, b cost) int { return int(a.memory - b.memory) }).memory,
	}
}
