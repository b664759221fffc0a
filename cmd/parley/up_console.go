package main

import (
	"net/http"
	"slices"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/lab/console"
	"github.com/parleysystems/parley/mapreduce/watch"
	store "github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/serve/page"
	"github.com/parleysystems/parley/serve/probe"
)

// openConsole serves the console of parley up until stop is called. Only who
// has the URL that is printed can do anything to the hosts.
func (f *upFlags) openConsole(s *screen.Screen, all *fleet, configs []*cluster.Config) (stop func(), err error) {
	peers := map[string]string{}
	for _, h := range configs[0].Hosts {
		peers[h.Name] = h.Peer
	}
	watcher := probe.New(probe.Config{Client: store.Config{Cluster: configs[0].Cluster, Hosts: peers}, Logger: f.log})
	guard := look.NewGuard()
	mux := http.NewServeMux()
	mutants := newEngines()
	sections := look.All
	if f.jobs.Inputs != "" {
		sections = append(slices.Clone(sections), watch.Section)
		jobsPage(sections, all.jobs).Mount(mux)
	}
	lab, err := console.New(console.Config{Sections: sections, Note: "parley up", Without: mutants.without, Sources: sourceTree()})
	stopAll := func() { watcher.Close(); mutants.close() }
	if err != nil {
		stopAll()
		return nil, err
	}
	for _, s := range []look.Section{look.Experiments, look.History, look.Canon} {
		mux.Handle("/"+s.Path, lab)
	}
	page.Page{
		Title: "parley up", Sections: sections,
		Hosts: all.status, Control: all, Probe: watcher, Doors: all.doors(),
	}.Mount(mux)
	stopPage, err := servePage(f.http, upHints.http, guard.Handler(mux), nil)
	if err != nil {
		stopAll()
		return nil, err
	}
	s.Printf("console  %s", guard.Link("http://"+f.http))
	return func() { stopPage(); stopAll() }, nil
}
