package mapreducetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
)

// Partition looks at which output keys are in.
var Partition = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "partition", Hosts: "6",
	Question: `Where is a key? URLs of 40 hosts are counted by four workers, with the default partition function and with
one that goes by the URL's host. By default each URL is in one output, and no output has more than twice its share of the
URLs. By host, all URLs of a host are in one output.`,
	Canon: []string{"mapreduce.partition.default-and-custom"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			r := rand.New(rand.NewPCG(seed, 4))
			in := make(input, 8)
			for i := range in {
				for range 150 {
					in[i] = append(in[i], fmt.Sprintf("host%d/page%d", r.IntN(40), r.IntN(20)))
				}
			}
			partitions := t.knobs.Int("partitions", 2, 6)
			for _, program := range []string{wordCountCombined, urlsByHost} {
				s := setup{pure: true, program: program, input: in, partitions: partitions, workers: 4}
				err := t.world(sim.Config{}, s, func(c *Cluster) error {
					if err := t.finish(c, time.Minute); err != nil {
						return err
					}
					return c.keysArePlaced(program == urlsByHost)
				})
				if err != nil {
					return fmt.Errorf("%s: %w", program, err)
				}
			}
			return nil
		})
	},
})

func (k *Cluster) keysArePlaced(byHost bool) error {
	partitions := k.master.Job.Partitions
	where := map[string]int{}
	total, most := 0, 0
	for p := range partitions {
		b, _ := k.output(p)
		lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
		total += len(lines)
		most = max(most, len(lines))
		for _, line := range lines {
			key, _, _ := strings.Cut(line, "\t")
			if byHost {
				key, _, _ = strings.Cut(key, "/")
			}
			if at, there := where[key]; there && at != p {
				return fmt.Errorf("%s is in outputs %d and %d", key, at, p)
			}
			where[key] = p
		}
	}
	if !byHost && most*partitions > 2*total {
		return fmt.Errorf("of %d keys in %d outputs one has %d", total, partitions, most)
	}
	return nil
}
