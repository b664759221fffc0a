//go:build interop

package etcdctl_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// decode runs a command with JSON output.
func decode[T any](c *ctl, h *hosts.Host, args string) (out T) {
	c.t.Helper()
	text := c.run(h, args+" -w json")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		c.t.Fatalf("etcdctl %s: %v\n%s", args, err, text)
	}
	return out
}

type endpointStatus struct {
	Endpoint string
	Status   struct {
		Header struct {
			MemberID uint64 `json:"member_id"`
			Revision int64  `json:"revision"`
		} `json:"header"`
		Version   string `json:"version"`
		DBSize    int64  `json:"dbSize"`
		Leader    uint64 `json:"leader"`
		RaftTerm  uint64 `json:"raftTerm"`
		RaftIndex uint64 `json:"raftIndex"`
		Errors    []string
	}
}

func TestEndpointStatusAgreesOnWhoLeads(t *testing.T) {
	c := start(t)
	c.run(c.Hosts[0], "put k v")
	all := decode[[]endpointStatus](c, c.Hosts[0], "endpoint status --cluster")
	if len(all) != len(c.Hosts) {
		t.Fatalf("%d hosts: %+v", len(all), all)
	}
	members := map[uint64]bool{}
	for _, s := range all {
		members[s.Status.Header.MemberID] = true
		if s.Status.Leader == 0 || s.Status.Leader != all[0].Status.Leader || s.Status.RaftTerm != all[0].Status.RaftTerm {
			t.Errorf("%s follows %x in term %d", s.Endpoint, s.Status.Leader, s.Status.RaftTerm)
		}
		if s.Status.DBSize == 0 || s.Status.RaftIndex == 0 || !strings.HasPrefix(s.Status.Version, "3.") || len(s.Status.Errors) != 0 {
			t.Errorf("%+v", s)
		}
	}
	if len(members) != len(c.Hosts) || !members[all[0].Status.Leader] {
		t.Errorf("members %v, leader %d", members, all[0].Status.Leader)
	}
}

func TestEndpointHealthTellsWhoIsDown(t *testing.T) {
	c := start(t)
	if out := c.run(c.Hosts[1], "endpoint health --cluster"); strings.Count(out, "is healthy") != len(c.Hosts) {
		t.Errorf("all run:\n%s", out)
	}
	c.Hosts[2].Kill()
	c.AwaitReady()
	out := c.shell(0, "endpoint health --cluster", "")
	told := strings.Contains(out, "c:client is unhealthy") && strings.Contains(out, "exit 1")
	if c.Limits().Leaves {
		told = told || !strings.Contains(out, "c:client")
	}
	if strings.Count(out, "is healthy") != len(c.Hosts)-1 || !told {
		t.Errorf("one is down:\n%s", out)
	}
}

func TestHashKVIsEqualOnAllHosts(t *testing.T) {
	c := start(t)
	for i := range 20 {
		c.run(c.Hosts[i%3], fmt.Sprintf("put k%d v%d", i%7, i))
	}
	type hash struct{ HashKV struct{ Hash uint32 } }
	for _, rev := range []int{0, 10} {
		c.AwaitReady() // a linearizable read: each has applied everything
		all := decode[[]hash](c, c.Hosts[0], fmt.Sprintf("endpoint hashkv --cluster --rev=%d", rev))
		if len(all) != len(c.Hosts) || all[0].HashKV.Hash == 0 || len(slices.Compact(all)) != 1 {
			t.Errorf("at revision %d: %+v", rev, all)
		}
	}
}

func TestMoveLeaderMovesItToTheFollowerNamed(t *testing.T) {
	c := start(t)
	c.Need("way to move its leader", c.Limits().Leader)
	target := c.Followers()[1]
	id := fmt.Sprintf("%x", target.ID())
	out, err := c.command(strings.Join(c.Endpoints(), ","), "move-leader "+id).Output()
	if err != nil || !strings.Contains(string(out), id) {
		t.Fatalf("%v\n%s", err, out)
	}
	hosts.Await(t, "the new leader", func() bool { return c.Leader() == target })
	c.run(c.Hosts[0], "put k v")
}

func TestSnapshotSaveWritesAFile(t *testing.T) {
	c := start(t)
	for i := range 10 {
		c.run(c.Hosts[i%3], fmt.Sprintf("put k%d v", i))
	}
	for _, h := range c.Hosts {
		file := filepath.Join(t.TempDir(), "snapshot.db")
		c.run(h, "snapshot save "+file)
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("from %s: %v", h.Name, err)
		}
		out, err := c.command(h.Client, "snapshot status -w json "+file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), `"revision":11`) {
			t.Errorf("from %s: %v\n%s", h.Name, err, out)
		}
	}
}

func TestDefragmentationAndAlarmsAreQuiet(t *testing.T) {
	c := start(t)
	c.run(c.Hosts[0], "put k v")
	if out := c.run(c.Hosts[1], "defrag --cluster"); strings.Count(out, "Finished defragmenting") != len(c.Hosts) {
		t.Error(out)
	}
	if out := c.run(c.Hosts[2], "alarm list") + c.run(c.Hosts[2], "alarm disarm"); out != "" {
		t.Errorf("alarms: %s", out)
	}
	if out := c.run(c.Hosts[0], "get k --print-value-only"); out != "v\n" {
		t.Errorf("after defragmentation k is %q", out)
	}
}

func TestMembersAreListedRemovedAndAdded(t *testing.T) {
	c := start(t)
	type list struct {
		Members []struct {
			ID         uint64
			Name       string   `json:"name"`
			PeerURLs   []string `json:"peerURLs"`
			ClientURLs []string `json:"clientURLs"`
		} `json:"members"`
	}
	all := decode[list](c, c.Hosts[0], "member list")
	if len(all.Members) != len(c.Hosts) {
		t.Fatalf("%+v", all)
	}
	byName := map[string]uint64{}
	for _, m := range all.Members {
		byName[m.Name] = m.ID
	}
	for _, h := range c.Hosts {
		if byName[h.Name] != h.ID() {
			t.Errorf("host %s is member %x in the list, and calls itself %x", h.Name, byName[h.Name], h.ID())
		}
	}
	c.Need("changes of membership", c.Limits().Members)
	gone := c.Followers()[0]
	stays := c.Leader()
	id := fmt.Sprintf("%x", gone.ID())
	hosts.Await(t, "the removal", func() bool { // etcd wants its members acquainted for 5 s
		out, err := c.command(stays.Client, "member remove "+id).Output()
		return err == nil && strings.Contains(string(out), "removed from cluster")
	})
	if n := len(decode[list](c, stays, "member list").Members); n != 2 {
		t.Errorf("%d members after one was removed", n)
	}
	as := ""
	if !c.Limits().Learners {
		as = " --learner"
	}
	if out := c.run(stays, "member add "+gone.Name+as+" --peer-urls=http://"+gone.Peer); !strings.Contains(out, "added to cluster") {
		t.Error(out)
	}
	if n := len(decode[list](c, stays, "member list").Members); n != 3 {
		t.Errorf("%d members after one was added", n)
	}
	c.run(stays, "put k v")
}
