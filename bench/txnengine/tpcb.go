package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/schemes"
)

// bank is TPC-B's, as pgbench has it: a transaction changes the balances of an account,
// a teller and a branch by an amount, reads that of the account, and notes all of it.
type bank struct {
	db      *engine.DB
	scale   int // branches
	history atomic.Uint64
	tries   atomic.Uint64
}

const (
	tellersEach  = 10
	accountsEach = 100_000
)

func rowKey(table byte, i uint64) []byte { return binary.BigEndian.AppendUint64([]byte{table}, i) }

// openBank makes a bank with a scheme.
func openBank(dir, scheme string, scale int) (*bank, error) {
	choice, err := schemes.Find(scheme)
	if err != nil {
		return nil, err
	}
	db, err := engine.Open(dir, &engine.Options{Memory: 512 << 20, Scheme: choice.New})
	b := &bank{db: db, scale: scale}
	for _, t := range []struct {
		name byte
		rows int
	}{{'b', scale}, {'t', scale * tellersEach}, {'a', scale * accountsEach}} {
		for i := 0; i < t.rows && err == nil; {
			err = db.Update(func(tx *engine.Tx) error {
				for end := min(t.rows, i+5000); i < end; i++ {
					if err := tx.Put(rowKey(t.name, uint64(i)), make([]byte, 96)); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	return b, err
}

// pay is one transaction of TPC-B.
func (b *bank) pay() error {
	branch, delta := rand.IntN(b.scale), int64(rand.IntN(10_001)-5000)
	teller := branch*tellersEach + rand.IntN(tellersEach)
	account := rand.IntN(b.scale * accountsEach)
	note := b.history.Add(1)
	return b.db.Transact(func(tx *engine.Tx) error {
		b.tries.Add(1)
		for _, key := range [][]byte{rowKey('a', uint64(account)), rowKey('t', uint64(teller)), rowKey('b', uint64(branch))} {
			row, found, err := tx.Get(key)
			if err != nil {
				return err
			}
			if !found {
				return errMissing
			}
			binary.LittleEndian.PutUint64(row, binary.LittleEndian.Uint64(row)+uint64(delta))
			if err := tx.Put(key, row); err != nil {
				return err
			}
		}
		return tx.Put(rowKey('h', note), fmt.Appendf(nil, "%d %d %d %d", teller, branch, account, delta))
	})
}

// audit checks that the branches, the tellers and the accounts have the same total.
func (b *bank) audit() error {
	return b.db.View(func(tx *engine.Tx) error {
		var totals [3]int64
		for i, table := range []byte{'b', 't', 'a'} {
			for _, row := range tx.Ascend([]byte{table}, []byte{table + 1}) {
				totals[i] += int64(binary.LittleEndian.Uint64(row))
			}
			if err := tx.Err(); err != nil {
				return err
			}
		}
		if totals[0] != totals[1] || totals[1] != totals[2] {
			return fmt.Errorf("branches have %d, tellers %d, accounts %d", totals[0], totals[1], totals[2])
		}
		return nil
	})
}

// run lets clients pay, and returns transactions a second.
func (b *bank) run(clients int, d time.Duration) (float64, error) {
	var wait sync.WaitGroup
	errs := make([]error, clients)
	var done atomic.Uint64
	start := time.Now()
	for c := range clients {
		wait.Go(func() {
			for time.Since(start) < d && errs[c] == nil {
				if errs[c] = b.pay(); errs[c] == nil {
					done.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

// compareBanks runs TPC-B under schemes, and on PostgreSQL if a command is given.
func compareBanks(schemes []string, dir, pgbench string, clients int, d time.Duration) error {
	theirs := 0.0
	if pgbench != "" {
		var err error
		if theirs, err = postgres(pgbench, clients, d); err != nil {
			return err
		}
		fmt.Printf("%-16s %10.0f transactions a second\n", "PostgreSQL", theirs)
	}
	for _, scheme := range schemes {
		if err := compareBank(scheme, dir, clients, d, theirs); err != nil {
			return fmt.Errorf("%s: %w", scheme, err)
		}
	}
	return nil
}

func compareBank(scheme, parent string, clients int, d time.Duration, theirs float64) error {
	dir, err := os.MkdirTemp(parent, "tpcb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := openBank(dir, scheme, 10)
	if err != nil {
		return err
	}
	defer b.db.Close()
	stop, err := profiled()
	if err != nil {
		return err
	}
	before := processor()
	rate, err := b.run(clients, d)
	used := processor() - before
	stop()
	if err != nil {
		return err
	}
	if err := b.audit(); err != nil {
		return err
	}
	fmt.Printf("%-16s %10.0f transactions a second, %.2f tries and %.0f µs of processor each", scheme, rate,
		float64(b.tries.Load())/float64(b.history.Load()), float64(used.Microseconds())/float64(b.history.Load()))
	if theirs > 0 {
		fmt.Printf("  (%.1f)", rate/theirs)
	}
	fmt.Println()
	return nil
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// postgres runs pgbench, by a shell command to which its arguments are added, on
// tables that it makes anew.
func postgres(command string, clients int, d time.Duration) (float64, error) {
	bench := func(args string) ([]byte, error) {
		cmd := exec.Command("sh", "-c", command+" "+args)
		cmd.Env = append(os.Environ(), "PGOPTIONS=-c default_transaction_isolation=serializable")
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("pgbench %s: %w: %s", args, err, out)
		}
		return out, err
	}
	if _, err := bench("-i -q -s 10"); err != nil {
		return 0, err
	}
	out, err := bench(fmt.Sprintf("-n -b tpcb-like -c %d -j 2 -T %d --max-tries=100", clients, int(d.Seconds())))
	if err != nil {
		return 0, err
	}
	m := tps.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench tells no rate: %s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
