//go:build interop

package etcdctl_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestWatchSeesPastAndPresentFromEveryHost(t *testing.T) {
	c := start(t)
	c.run(c.Hosts[0], "put w/1 past")
	for _, h := range c.Hosts {
		w := c.start(h.Client, "watch w/ --prefix --rev=2 --prev-kv")
		w.await("PUT\nw/1\npast")
		c.run(c.Hosts[1], "put w/1 present"+h.Name)
		w.await("past\nw/1\npresenta")
		c.run(c.Hosts[2], "del w/1")
		w.await("DELETE\nw/1\npresent" + h.Name + "\nw/1\n")
		w.interrupt()
		c.run(c.Hosts[0], "put w/1 past")
		if first, _, _ := strings.Cut(w.text(), "\n"); first != "PUT" {
			t.Errorf("it begins with %q", first)
		}
	}
}

func TestWatchRunsAProgramForEveryEvent(t *testing.T) {
	c := start(t)
	w := c.start(c.Hosts[2].Client, `watch job --rev=1 -- sh -c 'echo $ETCD_WATCH_REVISION $ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY $ETCD_WATCH_VALUE'`)
	for i := range 3 {
		c.run(c.Hosts[i], fmt.Sprintf("put job n%d", i))
		w.await(fmt.Sprintf(`%d "PUT" "job" "n%d"`, i+2, i))
	}
}
