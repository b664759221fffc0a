//go:build interop

package goclient_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

func session(ctx context.Context, t testing.TB, c *clientv3.Client) *concurrency.Session {
	t.Helper()
	s := must(concurrency.NewSession(c, concurrency.WithTTL(10), concurrency.WithContext(ctx)))(t)
	t.Cleanup(func() { _ = s.Close() }) // its lease may be gone already
	return s
}

func TestAMutexHoldsAcrossHosts(t *testing.T) {
	f, ctx := start(t)
	const workers, rounds = 9, 8
	var running sync.WaitGroup
	inside, total := 0, 0 // under the mutex, as the race detector can tell
	for w := range workers {
		mutex := concurrency.NewMutex(session(ctx, t, f.at[w%3]), "mutex")
		running.Go(func() {
			for range rounds {
				if err := mutex.Lock(ctx); err != nil {
					t.Error(err)
					return
				}
				if inside++; inside != 1 {
					t.Errorf("%d hold the mutex", inside)
				}
				total++
				inside--
				if err := mutex.Unlock(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	if total != workers*rounds {
		t.Errorf("%d critical sections, want %d", total, workers*rounds)
	}
}

func TestTryLockRefusesAndADeadHolderLetsGo(t *testing.T) {
	f, ctx := start(t)
	holder, other := session(ctx, t, f.at[0]), session(ctx, t, f.at[1])
	first, second := concurrency.NewMutex(holder, "m"), concurrency.NewMutex(other, "m")
	if err := first.TryLock(ctx); err != nil {
		t.Fatal(err)
	}
	if err := second.TryLock(ctx); !errors.Is(err, concurrency.ErrLocked) {
		t.Errorf("the second: %v, want %v", err, concurrency.ErrLocked)
	}
	if err := holder.Close(); err != nil { // revokes its lease
		t.Fatal(err)
	}
	if err := second.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if r := must(f.at[2].Txn(ctx).If(second.IsOwner()).Commit())(t); !r.Succeeded {
		t.Error("the holder cannot prove that it holds the lock")
	}
	if r := must(f.at[2].Txn(ctx).If(first.IsOwner()).Commit())(t); r.Succeeded {
		t.Error("who lost the lock can prove that it holds it")
	}
}

func TestElectionsAreObservedAndResigned(t *testing.T) {
	f, ctx := start(t)
	var candidates []*concurrency.Election
	for i := range 3 {
		candidates = append(candidates, concurrency.NewElection(session(ctx, t, f.at[i]), "office"))
	}
	observed := concurrency.NewElection(session(ctx, t, f.at[2]), "office").Observe(ctx)
	if _, err := candidates[0].Leader(ctx); !errors.Is(err, concurrency.ErrElectionNoLeader) {
		t.Errorf("before the first: %v", err)
	}
	if err := candidates[0].Campaign(ctx, "c0"); err != nil {
		t.Fatal(err)
	}
	awaitLeader(ctx, t, observed, "c0")
	if err := candidates[0].Proclaim(ctx, "c0 again"); err != nil {
		t.Fatal(err)
	}
	awaitLeader(ctx, t, observed, "c0 again")
	won := make(chan int, 2)
	for i := 1; i < 3; i++ {
		go func() {
			if err := candidates[i].Campaign(ctx, fmt.Sprintf("c%d", i)); err != nil {
				t.Error(err)
			}
			won <- i
		}()
	}
	if err := candidates[0].Resign(ctx); err != nil {
		t.Fatal(err)
	}
	winner := next(ctx, t, won)
	awaitLeader(ctx, t, observed, fmt.Sprintf("c%d", winner))
	if err := candidates[winner].Resign(ctx); err != nil {
		t.Fatal(err)
	}
	awaitLeader(ctx, t, observed, fmt.Sprintf("c%d", next(ctx, t, won)))
	if err := candidates[0].Proclaim(ctx, "pretender"); !errors.Is(err, concurrency.ErrElectionNotLeader) {
		t.Errorf("who resigned proclaims: %v", err)
	}
}

func awaitLeader(ctx context.Context, t testing.TB, observed <-chan *clientv3.GetResponse, want string) {
	t.Helper()
	for {
		if r := next(ctx, t, observed); len(r.Kvs) == 1 && string(r.Kvs[0].Value) == want {
			return
		}
	}
}

// TestTransfersKeepTheSum runs conflicting transactions of clientv3's STM.
func TestTransfersKeepTheSum(t *testing.T) {
	f, ctx := start(t)
	const accounts, workers, transfers, each = 4, 6, 15, 100
	for i := range accounts {
		must(f.at[0].Put(ctx, account(i), strconv.Itoa(each)))(t)
	}
	var running sync.WaitGroup
	for w := range workers {
		random := rand.New(rand.NewPCG(1, uint64(w)))
		level := []concurrency.Isolation{concurrency.SerializableSnapshot, concurrency.Serializable}[w%2]
		running.Go(func() {
			for range transfers {
				from, to := random.IntN(accounts), random.IntN(accounts)
				move := func(s concurrency.STM) error { return transfer(s, account(from), account(to), random.IntN(50)) }
				if _, err := concurrency.NewSTM(f.at[w%3], move, concurrency.WithAbortContext(ctx), concurrency.WithIsolation(level)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	sum := 0
	for _, kv := range must(f.at[1].Get(ctx, "account/", clientv3.WithPrefix()))(t).Kvs {
		n := must(strconv.Atoi(string(kv.Value)))(t)
		if n < 0 {
			t.Errorf("%s is overdrawn: %d", kv.Key, n)
		}
		sum += n
	}
	if sum != accounts*each {
		t.Errorf("the sum is %d, want %d", sum, accounts*each)
	}
}

func account(i int) string { return fmt.Sprintf("account/%d", i) }

func transfer(s concurrency.STM, from, to string, amount int) error {
	if from == to {
		return nil
	}
	has, err := strconv.Atoi(s.Get(from))
	if err != nil {
		return err
	}
	gets, err := strconv.Atoi(s.Get(to))
	if err != nil {
		return err
	}
	amount = min(amount, has)
	s.Put(from, strconv.Itoa(has-amount))
	s.Put(to, strconv.Itoa(gets+amount))
	return nil
}
