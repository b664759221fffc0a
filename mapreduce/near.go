package mapreduce

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Near says that what lies below a directory is on the disk of a worker: its tasks
// are given to that worker if it has a slot free (section 3.4 of the paper). All workers
// must be able to read it all the same.
type Near struct {
	Worker string // as Cluster.Workers has it: host:port, or its name
	Dir    string
}

// ParseNear reads WORKER=DIR.
func ParseNear(text string) (Near, error) {
	worker, dir, found := strings.Cut(text, "=")
	if !found || worker == "" || dir == "" {
		return Near{}, fmt.Errorf("%q does not say which worker is near which directory, such as a=/data/a or 10.0.0.2:7501=/data/a", text)
	}
	return Near{worker, dir}, nil
}

// host is the worker's name among hosts.
func (n Near) host() string {
	if strings.Contains(n.Worker, ":") {
		name, _ := place(n.Worker)
		return name
	}
	return n.Worker
}

// hostsOf returns the workers that have a file on their disk, in the order of their names.
func hostsOf(file string, places []Near) (hosts []string) {
	for _, n := range places {
		if below, err := filepath.Rel(absolute(n.Dir), absolute(file)); err == nil && filepath.IsLocal(below) {
			hosts = append(hosts, n.host())
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// absolute leaves a name as it is if nobody knows where this process stands.
func absolute(name string) string {
	if full, err := filepath.Abs(name); err == nil {
		return full
	}
	return name
}

// checkNear refuses what no worker of the job is meant by.
func checkNear(places []Near, workers []string) error {
	for _, n := range places {
		if !slices.ContainsFunc(workers, func(w string) bool { name, _ := place(w); return name == n.host() }) {
			return fmt.Errorf("worker %s, which is said to be near %s, is none of %s", n.Worker, n.Dir, strings.Join(workers, ", "))
		}
	}
	return nil
}
