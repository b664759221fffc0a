package engine_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/parleysystems/parley/serve/engine"
)

// killed names the directory that a process of this test works in until it is
// killed.
const killed = "PARLEY_ENGINE_KILLED"

// TestMain lets the test binary be that process.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" && os.Getenv(killed+"_OPEN") != "" {
		err := leaveOpen(dir)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("open")
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
	}
	if dir := os.Getenv(killed); dir != "" {
		work(dir)
	}
	if dir := os.Getenv(beyond); dir != "" {
		if err := beyondMemory(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work commits numbers, from the first that is not there, from four goroutines, and
// says each that was acknowledged.
func work(dir string) {
	db, err := engine.Open(dir, &engine.Options{PageSize: 512, Memory: 64 * 512, Checkpoint: 50})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	numbers := make(chan int)
	for range 4 {
		go func() {
			for n := range numbers {
				err := db.Update(func(tx *engine.Tx) error {
					for _, half := range []string{"a", "b"} {
						if err := tx.Put(fmt.Appendf(nil, "%s%08d", half, n), make([]byte, n%300)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println(n)
			}
		}()
	}
	first, _ := strconv.Atoi(os.Getenv(killed + "_FROM"))
	for n := first; ; n++ {
		numbers <- n
	}
}

// The process is killed over and over; whatever it acknowledged is there, whole.
func TestKilledProcessesLoseNothing(t *testing.T) {
	dir := t.TempDir()
	acked := map[int]bool{}
	from := 0
	for round := range 8 {
		for _, n := range killAfter(t, dir, from, 20+round*7) {
			acked[n] = true
			from = max(from, n+1)
		}
		from += 10
		db := open(t, dir, nil)
		must(t, db.View(func(tx *engine.Tx) error {
			for n := range from {
				_, a, err := tx.Get(fmt.Appendf(nil, "a%08d", n))
				must(t, err)
				_, b, err := tx.Get(fmt.Appendf(nil, "b%08d", n))
				must(t, err)
				if a != b || acked[n] && !a {
					t.Fatalf("round %d: %d is there: %v and %v; acknowledged: %v", round, n, a, b, acked[n])
				}
			}
			return nil
		}))
		report, err := db.Verify(t.Context())
		if err != nil || len(report.Damage) > 0 {
			t.Fatal(err, report.Damage)
		}
		must(t, db.Close())
	}
}

// killAfter starts a process, reads that many acknowledgements and kills it. It
// returns all that it read, those that were on their way included.
func killAfter(t *testing.T, dir string, from, count int) (acked []int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killed+"="+dir, killed+"_FROM="+strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(lines.Text())
		}
		acked = append(acked, n)
		if len(acked) == count {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // it was killed
	return acked
}
