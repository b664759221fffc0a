package task_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

const term = 10 * time.Second

func TestTheFirstCommitWins(t *testing.T) {
	table := task.NewOwner(3).Table(1, term)
	a, b := table.Grant(0, "w1/worker", 0), table.Grant(0, "w2/worker", time.Second)
	if !a.Token.Less(b.Token) || a.Backup || !b.Backup {
		t.Fatalf("granted %+v and then %+v", a, b)
	}
	losers, err := table.Commit(b.Token, 0, task.Counters{"n": 2}, 2*time.Second)
	if err != nil || len(losers) != 1 || losers[0] != a {
		t.Fatalf("the first commit: losers %v, %v", losers, err)
	}
	if _, err := table.Commit(a.Token, 0, task.Counters{"n": 5}, 3*time.Second); !errors.Is(err, task.ErrLost) {
		t.Errorf("the second commit: %v", err)
	}
	if table.Winner(0) != b.Token || table.Counters()["n"] != 2 {
		t.Errorf("the winner is %v, counted is %v", table.Winner(0), table.Counters())
	}
}

func TestAnAttemptWhoseLeaseRanOutIsFenced(t *testing.T) {
	table := task.NewOwner(1).Table(1, term)
	a := table.Grant(0, "w1/worker", 0)
	if !table.Renew(a.Token, 100, 9*time.Second) {
		t.Fatal("a sign of life in time was refused")
	}
	if gone := table.Expire(12 * time.Second); gone != nil {
		t.Fatalf("%v expired in spite of it", gone)
	}
	if gone := table.Expire(19 * time.Second); len(gone) != 1 || table.State(0) != task.Idle {
		t.Fatalf("%v expired, the task is %v", gone, table.State(0))
	}
	if _, err := table.Commit(a.Token, 0, nil, 20*time.Second); !errors.Is(err, task.ErrFenced) {
		t.Errorf("a commit after the lease: %v", err)
	}
	if table.Renew(a.Token, 200, 20*time.Second) {
		t.Error("a lease that ran out was renewed")
	}
}

func TestAFenceShutsOutEarlierOwners(t *testing.T) {
	var f task.Fence
	if !f.Raise(2) || f.Raise(1) || f.Epoch() != 2 {
		t.Fatal("the fence does not stand where it was raised")
	}
	if f.Admits(task.Token{Epoch: 1, Number: 99}) || !f.Admits(task.Token{Epoch: 2, Number: 1}) {
		t.Error("the fence admits an earlier owner, or not the present one")
	}
}

func TestAStragglerIsWhoTakesLongestInTheEnd(t *testing.T) {
	table := task.NewOwner(1).Table(8, term)
	for i := range 8 {
		table.Grant(i, node.Addr(string(rune('a'+i))+"/worker"), 0)
	}
	running := table.Attempts()
	for i := range 6 {
		if _, err := table.Commit(running[0].Token, i, nil, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		running = table.Attempts()
	}
	table.Renew(running[0].Token, 800, 12*time.Second)
	table.Renew(running[1].Token, 100, 12*time.Second)
	var s task.Speculation
	if got := table.Straggler(s, "z/worker", 12*time.Second); got != 7 {
		t.Errorf("the straggler is task %d, want 7, which has come least far", got)
	}
	if got := table.Straggler(s, running[1].Worker, 12*time.Second); got == 7 {
		t.Error("a worker is to back up itself")
	}
	table.Grant(7, "z/worker", 12*time.Second)
	if got := table.Straggler(s, "y/worker", 13*time.Second); got == 7 {
		t.Error("a task with a backup is to get another")
	}
}

// Who had to wait for others is no straggler for that.
func TestTimeCountsFromWhenAnAttemptCouldBegin(t *testing.T) {
	table := task.NewOwner(1).Table(1, term)
	a := table.Grant(0, "w1/worker", 0)
	var s task.Speculation
	table.Awaited(9 * time.Second)
	if got := table.Straggler(s, "w2/worker", 9*time.Second+s.Least); got != -1 {
		t.Errorf("task %d, which has just begun, is a straggler", got)
	}
	if got := table.Straggler(s, "w2/worker", 11*time.Second); got != 0 {
		t.Errorf("the straggler is %d after two seconds", got)
	}
	if _, err := table.Commit(a.Token, 0, nil, 12*time.Second); err != nil {
		t.Fatal(err)
	}
	if longest, _ := table.Slowest(); longest != 3*time.Second {
		t.Errorf("it took %v of its own", longest)
	}
}

// Whatever is called in whatever order, T1, T3 and T4 hold.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const tasks = 4
		table := task.NewOwner(7).Table(tasks, term)
		granted := []task.Token{}
		of := map[task.Token]int{}
		won := map[int]task.Token{}
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond
			i := rapid.IntRange(0, tasks-1).Draw(t, "task")
			token := task.Token{Epoch: 7, Number: uint64(rapid.IntRange(1, len(granted)+1).Draw(t, "token"))}
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				if table.State(i) != task.Done {
					a := table.Grant(i, node.Addr(rapid.SampledFrom([]string{"a/w", "b/w"}).Draw(t, "worker")), now)
					if len(granted) > 0 && !granted[len(granted)-1].Less(a.Token) {
						t.Fatalf("T4: %v was granted after %v", a.Token, granted[len(granted)-1])
					}
					granted, of[a.Token] = append(granted, a.Token), i
				}
			case 2:
				alive := table.Find(token) != nil
				if _, err := table.Commit(token, of[token], nil, now); (err == nil) != (alive && won[of[token]] == (task.Token{})) {
					t.Fatalf("T1: commit of %v, which runs: %v, won before: %v: %v", token, alive, won[of[token]], err)
				} else if err == nil {
					won[of[token]] = token
				}
			case 3:
				table.Fail(token)
			case 4:
				table.Revoke("a/w")
				table.Expire(now)
			case 5:
				table.Reopen(i)
				delete(won, i)
			}
			running := map[int]int{}
			for _, a := range table.Attempts() {
				running[a.Task]++
			}
			for i := range tasks {
				if idle := running[i] == 0 && won[i] == (task.Token{}); idle != (table.State(i) == task.Idle) {
					t.Fatalf("T3: task %d is %v with %d attempts, won by %v", i, table.State(i), running[i], won[i])
				}
				if won[i] != (task.Token{}) && (running[i] > 0 || table.State(i) != task.Done) {
					t.Fatalf("T1: task %d is %v with %d attempts, won by %v", i, table.State(i), running[i], won[i])
				}
			}
		}
	})
}

func TestALeaseIsAsLongAsItsWorkerNeeds(t *testing.T) {
	table := task.NewOwner(1).Table(2, term)
	table.Prolong("slow/worker", 3*term)
	slow, usual := table.Grant(0, "slow/worker", 0), table.Grant(1, "w1/worker", 0)
	if gone := table.Expire(2 * term); len(gone) != 1 || gone[0] != usual {
		t.Fatalf("after two terms %v expired, want the attempt of the usual worker", gone)
	}
	table.Renew(slow.Token, 1, 2*term)
	if gone := table.Expire(4 * term); len(gone) != 0 {
		t.Errorf("%v expired two terms after its renewal", gone)
	}
	if gone := table.Expire(5 * term); len(gone) != 1 {
		t.Errorf("three terms after its renewal %v expired", gone)
	}
}
