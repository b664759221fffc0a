package main

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
	"github.com/parleysystems/parley/mapreduce/watch"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/host"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// memoryBeside is what a host takes for jobs, in bytes: it has a store to keep as well.
const memoryBeside = 256 << 20

// workBeside is the worker's service of a host, if its configuration wants one.
func workBeside(c *cluster.Jobs) (map[string]func() node.Node, error) {
	if c == nil {
		return nil, nil
	}
	worker, err := mapreduce.Service(mapreduce.WorkerOptions{
		Library: jobs.Library(c.Commands), Inputs: c.Inputs, Memory: memoryBeside, Tasks: 1,
	})
	if err != nil {
		return nil, err
	}
	return map[string]func() node.Node{mapreduce.WorkerService: worker}, nil
}

// work is what the hosts of parley up do besides the store; nil if that is nothing.
func (f *upFlags) work() (*cluster.Jobs, error) {
	if f.jobs.Inputs == "" {
		return nil, nil
	}
	absolute, err := filepath.Abs(f.jobs.Inputs)
	return &cluster.Jobs{Inputs: absolute, Commands: f.jobs.Commands}, err
}

// workersOf names the hosts of a cluster as parley mr --workers wants them.
func workersOf(hosts []cluster.Host) string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.Name+"="+h.Peer)
	}
	return strings.Join(all, ",")
}

// jobsPage shows the jobs that hosts work for.
func jobsPage(sections []look.Section, all func() []watch.View) watch.Page {
	return watch.Page{
		Title: "jobs", Sections: sections, Jobs: all,
		Empty: "No job runs on these hosts. The command that begins one was printed when they started.",
	}
}

// jobsOf asks a host's worker about its job; what comes is what its master said when
// somebody looked before.
func jobsOf(h *host.Host) []watch.View {
	told := make(chan *mr.Status, 1)
	err := h.Look(mapreduce.WorkerService, func(n node.Node) {
		w := n.(*mr.Worker)
		told <- w.Told()
		w.Ask()
	})
	if err != nil {
		return nil // it is stopping, or too busy to say
	}
	timeout := time.NewTimer(time.Second)
	defer timeout.Stop()
	select {
	case s := <-told:
		if s != nil {
			return []watch.View{mapreduce.ViewOf(*s)}
		}
	case <-h.Done():
	case <-timeout.C:
	}
	return nil
}

func (l *local) jobs(context.Context) []watch.View {
	if h, _ := l.now(); h != nil {
		return jobsOf(h)
	}
	return nil
}

// jobs asks the child's own page.
func (p *spawned) jobs(ctx context.Context) []watch.View {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.config.HTTP+"/jobs/state", nil)
	if err != nil {
		return nil
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil // the cluster page tells that it is down
	}
	defer answer.Body.Close()
	var state struct{ Jobs []watch.View }
	if json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<20)).Decode(&state) != nil {
		return nil
	}
	return state.Jobs
}

// jobs are those that any host works for, each once.
func (f *fleet) jobs() (all []watch.View) {
	of := make([][]watch.View, len(f.names))
	var wait sync.WaitGroup
	for i, name := range f.names {
		if _, at := f.standing(name); at == "" {
			wait.Go(func() { of[i] = f.machines[name].jobs(context.Background()) })
		}
	}
	wait.Wait()
	seen := map[string]bool{}
	for _, views := range of {
		for _, v := range views {
			if !seen[v.Job] {
				seen[v.Job] = true
				all = append(all, v)
			}
		}
	}
	return all
}
