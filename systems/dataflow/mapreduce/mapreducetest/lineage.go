package mapreducetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Get asks a keeper for a partition of a stage, which it has in memory or computes from
// its lineage.
type Get struct {
	Stage     int      `wire:"1"`
	Partition int      `wire:"2"`
	Place     []string `wire:"3"` // hosts, by partition
}

// Part answers Get.
type Part struct {
	Words []string `wire:"1"`
}

func init() {
	wire.Register[Get]("mapreducetest.Get")
	wire.Register[Part]("mapreducetest.Part")
}

// keeper keeps partitions in memory, and knows how each is computed from those of the stage
// before (Zaharia and others, "Resilient Distributed Datasets", NSDI 2012). It is no engine
// to be used: it has what the claim about Spark is about.
type keeper struct {
	in       input
	env      node.Env
	memory   map[[2]int][]string
	computed map[int]int // partitions, by stage
}

// The stages. The last is wide: each of its partitions needs all of the one before.
const (
	lines = iota
	words
	upper
	byLength
	stages
)

// Start implements node.Node.
func (k *keeper) Start(env node.Env) {
	k.env, k.memory, k.computed = env, map[[2]int][]string{}, map[int]int{}
}

// Receive implements node.Node.
func (k *keeper) Receive(from node.Addr, m node.Message) {
	if g, ok := m.(*Get); ok {
		k.env.Go(func(t node.Task) { k.env.Send(from, &Part{k.get(t, g.Stage, g.Partition, g.Place)}) })
	}
}

func (k *keeper) get(t node.Task, stage, p int, place []string) []string {
	if part, there := k.memory[[2]int{stage, p}]; there {
		return part
	}
	var part []string
	switch stage {
	case lines:
		part = k.in[p]
	case words:
		part = strings.Fields(strings.Join(k.get(t, lines, p, place), " "))
	case upper:
		part = strings.Fields(strings.ToUpper(strings.Join(k.get(t, words, p, place), " ")))
	case byLength:
		for i := range k.in {
			for _, w := range k.elsewhere(t, upper, i, place) {
				if len(w)%len(place) == p {
					part = append(part, w)
				}
			}
		}
	}
	k.computed[stage]++
	k.memory[[2]int{stage, p}] = part
	return part
}

func (k *keeper) elsewhere(t node.Task, stage, p int, place []string) []string {
	if place[p] == k.env.Self().Host() {
		return k.get(t, stage, p, place)
	}
	for {
		answer, err := t.Call(node.Join(place[p], "keeper"), &Get{stage, p, place}, time.Second)
		if part, ok := answer.(*Part); ok && err == nil {
			return part.Words
		}
	}
}

// Lineage loses a machine with a partition of every stage, and compares with MapReduce.
var Lineage = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "lineage", Hosts: "3 to 9",
	Question: `Must data be put on disk between every two stages to survive failures, as MapReduce does and Spark is said to
do? No. Lines, words, words in upper case and words by length are four stages whose partitions machines keep in memory, with
how to compute them. One machine is lost: exactly its partitions, one of each stage, are computed again elsewhere, from their
lineage, and the answer is the same; no disk was written to. The same words through the MapReduce engine put all
intermediate pairs on the disks of its workers.`,
	Canon: []string{"mapreduce.claim.spark-saves-each-stage-to-disk"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			in := zipf(seed, t.knobs.Int("partitions", 2, 8), 10, 40)
			if err := t.loseOne(in); err != nil {
				return err
			}
			s := setup{pure: true, program: wordCount, input: in, partitions: 3, workers: 2}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				var most int64 // regions go when the job is over
				c.World.OnEvent(func() {
					most = max(most, written(c.World, workerHost(0))+written(c.World, workerHost(1)))
				})
				if err := t.finish(c, time.Minute); err != nil {
					return err
				}
				t.stats["bytes on disk between stages, MapReduce"] = float64(most)
				if most == 0 {
					return errors.New("the MapReduce engine put nothing on disk between map and reduce")
				}
				return nil
			})
		})
	},
})

// written returns how many bytes a host's disk holds.
func written(w *sim.World, host string) int64 { return w.Host(host).Disk().Device().Used() }

// asker collects the last stage, and again when it is told of another place.
type asker struct {
	place   []string
	env     node.Env
	answers []string
}

func (a *asker) Start(env node.Env) {
	a.env = env
	a.ask(a.place)
}

func (a *asker) Receive(node.Addr, node.Message) {}

func (a *asker) ask(place []string) {
	a.env.Go(func(t node.Task) {
		var all []string
		for p := range place {
			for {
				answer, err := t.Call(node.Join(place[p], "keeper"), &Get{byLength, p, place}, time.Second)
				if part, ok := answer.(*Part); ok && err == nil {
					all = append(all, strings.Join(part.Words, " "))
					break
				}
			}
		}
		a.answers = append(a.answers, strings.Join(all, "\n"))
	})
}

// loseOne has one keeper for each partition, and loses one.
func (t *trial) loseOne(in input) error {
	c := sim.Config{Seed: t.seed}
	t.options.World(&c)
	if t.options.Trace != nil {
		c.Observer = t.options.Trace
	}
	w := sim.New(c)
	defer func() {
		t.hash, t.events, t.elapsed = t.hash*31+w.Hash(), t.events+w.Events(), t.elapsed+w.Now()
		w.Close()
	}()
	var place []string
	for i := range len(in) + 1 { // the last is spare
		h := fmt.Sprint("k", i)
		w.Host(h).Serve("keeper", func() node.Node { return &keeper{in: in} })
		place = append(place, h)
	}
	spare := place[len(in)]
	place = place[:len(in)]
	a := w.Host("c").Serve("asker", func() node.Node { return &asker{place: place} })
	answers := func() []string { return w.Node(a).(*asker).answers }
	if !w.RunUntil(func() bool { return len(answers()) == 1 }, time.Minute) {
		return errors.New("liveness: there is no answer")
	}
	lost := t.knobs.Int("lost", 0, len(in)-1)
	w.Host(place[lost]).Crash()
	before := t.computed(w, append(place, spare))
	moved := append([]string(nil), place...)
	moved[lost] = spare
	w.Do(a, func(n node.Node) { n.(*asker).ask(moved) })
	if !w.RunUntil(func() bool { return len(answers()) == 2 }, time.Minute) {
		return errors.New("liveness: there is no answer after the loss")
	}
	after := t.computed(w, append(place, spare))
	for stage := range stages {
		if n := after[stage] - before[stage]; n != 1 {
			return fmt.Errorf("of stage %d %d partitions were computed again, want the one that was lost", stage, n)
		}
	}
	if got := answers(); got[0] != got[1] {
		return fmt.Errorf("after the loss of %s the answer is another", place[lost])
	}
	for _, h := range append(place, spare) {
		if n := written(w, h); n > 0 {
			return fmt.Errorf("%s has put %d bytes on disk", h, n)
		}
	}
	return nil
}

// computed adds up what the keepers that are up have computed, by stage.
func (t *trial) computed(w *sim.World, hosts []string) (sum [stages]int) {
	for _, h := range hosts {
		k, ok := w.Node(node.Join(h, "keeper")).(*keeper)
		if !ok {
			continue
		}
		for stage := range sum {
			sum[stage] += k.computed[stage]
		}
	}
	return sum
}
