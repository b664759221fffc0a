package mapreducetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
)

// Measured runs the paper's section 5 in a cluster that is smaller, or of its size.
var Measured = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "paper", Hosts: "177, or 1,748", Once: true, Events: 1 << 26,
	Question: `Do the master's rules give what the paper measured? A terabyte is scanned and sorted on 1,746 machines, or on a tenth
of them with a tenth of the data: the master and its messages are real, task bodies are bytes that take the time of disks and networks.
Rates come from the peaks of the paper's curves, and the number and badness of slow machines from its run without backups
(44 per cent longer there). Judged is what is not put in: that backups win most of that back, for a few
per cent more executions, and that killing a tenth or so of the workers in mid-run (200 of 1,746; 5 per cent longer there)
costs little more than their lost work; that maps read mostly local disks; and that input, shuffle and output follow each other
as they do in the paper's figure 3.`,
	Canon: []string{"mapreduce.straggler.backup-execution", "mapreduce.failure.large-scale-loss"},
	Params: []experiment.Param{
		{Name: "machines", Kind: experiment.Int, Doc: "workers; 175 if not set, 1746 are the paper's"},
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			return t.section5(t.set.Int("machines", 175))
		})
	},
})

func (t *trial) section5(machines int) error {
	p := Paper{Machines: machines, Seed: t.seed, Slow: max(3, machines/100)}
	runs := map[string]*PaperRun{}
	for _, v := range []struct {
		name string
		vary func(*Paper)
	}{
		{"grep", func(p *Paper) { p.Grep = true }},
		{"sort", func(*Paper) {}},
		{"no backups", func(p *Paper) { p.NoBackups = true }},
		{"killed", func(p *Paper) { p.Killed = machines * 200 / paperMachines }},
	} {
		q := p
		v.vary(&q)
		r, err := q.Run(func(c *sim.Config) { t.options.World(c) })
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		if ctx := t.options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		runs[v.name] = r
		t.hash, t.events, t.elapsed = t.hash*31+r.Hash, t.events+r.Events, t.elapsed+r.Elapsed
		t.stats["seconds "+v.name] = second(r.Elapsed)
	}
	return t.judge(runs, p)
}

func (t *trial) judge(runs map[string]*PaperRun, p Paper) error {
	sort := runs["sort"]
	ratio := func(name string) float64 { return float64(runs[name].Elapsed) / float64(sort.Elapsed) }
	t.stats["no backups over sort"], t.stats["killed over sort"] = ratio("no backups"), ratio("killed")
	more := float64(sort.Status.Maps.Attempts+sort.Status.Reduces.Attempts) / float64(sort.Status.Maps.Tasks+sort.Status.Reduces.Tasks)
	t.stats["executions over tasks"] = more
	local := float64(sort.Status.Local) / float64(sort.Status.Maps.Attempts)
	t.stats["local maps"] = local
	input, shuffle, output := centre(sort.Input), centre(sort.Shuffle), centre(sort.Output)
	switch {
	case ratio("no backups") < 1.2 || ratio("no backups") > 1.7:
		return fmt.Errorf("without backups the sort takes %.2f times as long, want 1.2 to 1.7 (the paper: 1.44)", ratio("no backups"))
	case ratio("killed") < 0.9 || ratio("killed") > 1.2:
		return fmt.Errorf("with workers killed the sort takes %.2f times as long, want 0.9 to 1.2 (the paper: 1.05)", ratio("killed"))
	case more > 1.07:
		return fmt.Errorf("backups add %.0f per cent of executions, want at most 7", 100*(more-1))
	case local < 0.7:
		return fmt.Errorf("%.0f per cent of the map attempts read a local disk, want 70", 100*local)
	case runs["killed"].Status.Redone == 0:
		return errors.New("no completed map task was done again")
	case input >= shuffle || shuffle >= output:
		return fmt.Errorf("input, shuffle and output have their middle at %v, %v and %v", input, shuffle, output)
	case runs["grep"].Elapsed >= sort.Elapsed/3:
		return fmt.Errorf("the scan takes %v, the sort %v", runs["grep"].Elapsed, sort.Elapsed)
	}
	return nil
}

// centre returns when half of a curve's bytes have moved.
func centre(curve []float64) time.Duration {
	total, sum := 0.0, 0.0
	for _, b := range curve {
		total += b
	}
	for s, b := range curve {
		if sum += b; sum*2 >= total {
			return time.Duration(s) * time.Second
		}
	}
	return 0
}
