package mapreducetest

import (
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Garbage sends everybody messages that mean nothing.
var Garbage = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "garbage", Hosts: "8",
	Question: `What do messages do that nobody should have sent? A stranger sends the master, the workers and the file system messages
of every kind with tasks, partitions, offsets and tokens out of any range. Nobody stops, nothing is lost, and the
output is right.`,
	Canon: []string{"mapreduce.semantics.sequential-equivalence"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			s := setup{
				pure: true, program: wordCount, input: zipf(seed, t.knobs.Int("maps", 3, 10), 10, 30), partitions: 3, workers: 3,
				worker: pace(10 * time.Millisecond),
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				c.World.Host("x").Serve("stranger", func() node.Node { return &stranger{to: append([]node.Addr{masterAddr, filesAddr}, c.Workers...)} })
				return t.finish(c, time.Minute)
			})
		})
	},
})

type stranger struct {
	to   []node.Addr
	env  node.Env
	next node.Timer
}

func (x *stranger) Start(env node.Env) {
	x.env, x.next = env, env.Timer(x.babble)
	x.babble()
}

func (x *stranger) Receive(node.Addr, node.Message) {}

// babble sends one message. What only a liar could know, that he is the master of the
// job or one of its workers, it does not say.
func (x *stranger) babble() {
	r := x.env.Rand()
	term := mapreduce.Term{Job: job, Epoch: uint64(r.IntN(3))}
	token := task.Token{Epoch: term.Epoch, Number: uint64(r.IntN(20))}
	n := func() int { return oddNumber(r) }
	kind := mapreduce.Kind(r.IntN(5))
	messages := []node.Message{
		&mapreduce.Leave{Term: term, Life: r.Uint64()},
		&mapreduce.Ping{Term: term},
		&mapreduce.Report{
			Term: term, Life: r.Uint64(), Known: r.Uint64(), Running: []mapreduce.Running{{Kind: kind, Task: n(), Token: token, Progress: n()}},
			Ended: []mapreduce.Ended{{Kind: kind, Task: n(), Token: token, Regions: n()}}, Lost: []mapreduce.Lost{{Map: n(), Token: token, Surely: true}},
		},
		&mapreduce.Assign{Term: term, Kind: kind, Task: n(), Token: token},
		&mapreduce.Settle{Term: term, Verdicts: []mapreduce.Verdict{{Token: token}}},
		&mapreduce.Locate{Term: term, From: 0, To: uint64(r.IntN(100)), Places: []mapreduce.Place{{Map: n(), Token: token, Worker: "x/stranger"}}},
		&mapreduce.Dismiss{Term: term},
		&mapreduce.Fetch{Job: job, Map: n(), Token: token, Partition: n(), Offset: int64(n()), Most: n(), For: token},
		&mapreduce.Chunk{Job: job, Map: n(), Token: token, For: token, Offset: int64(n()), Gone: r.IntN(2) == 0, Data: []byte("garbage")},
		&mapreduce.Opened{Term: term, Have: []int{n()}, Problem: "garbage"},
		&mapreduce.Put{Term: term, Partition: n(), Token: task.Token{Epoch: term.Epoch, Number: 1 << 40}, Offset: int64(n()), Data: []byte("garbage")},
		&mapreduce.Commit{Term: term, Partition: n(), Token: task.Token{Epoch: term.Epoch, Number: 1 << 41}, Length: 1 + int64(r.IntN(100)), Sum: r.Uint32()},
		&mapreduce.Held{Term: term, Partition: n(), Token: token, Bytes: int64(n())},
		&mapreduce.Committed{Term: term, Partition: n(), Token: token, First: true},
		&mapreduce.Open{Term: mapreduce.Term{Job: "../" + job, Epoch: 9}},
		&mapreduce.Status{Job: job},
	}
	x.env.Send(x.to[r.IntN(len(x.to))], messages[r.IntN(len(messages))])
	x.next.Reset(500 * time.Microsecond)
}

func oddNumber(r *rand.Rand) int {
	switch r.IntN(4) {
	case 0:
		return -1 - r.IntN(1<<30)
	case 1:
		return 1 << 40
	}
	return r.IntN(12)
}
