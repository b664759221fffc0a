package host_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/serve/host"
)

// TestAnOlderDiskIsRefusedUnderEveryEngine: a host that comes back with a copy of
// its directory has forgotten what it said since. What the papers say of that differs
// (its disk is a part of a crash-model replica, so for Raft, Multi-Paxos and VR it is a
// fault that they do not survive; in a chain and in primary-backup it would be taken for
// an older prefix; to PBFT it is one of f liars): so no engine is put to it, and the
// host is refused before its replica starts (package roll). The others go on.
func TestAnOlderDiskIsRefusedUnderEveryEngine(t *testing.T) {
	for _, engine := range host.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, engine)
			victim := c.members[len(c.members)-1]
			c.works("early")
			c.stop(victim.Name)
			copied := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(copied, os.DirFS(filepath.Join(c.dir, victim.Name))); err != nil {
				t.Fatal(err)
			}
			c.reopen(victim)
			c.works("late")
			pace := time.NewTicker(250 * time.Millisecond)
			for range 7 { // a mark is shown every second
				<-pace.C
				c.works("later")
			}
			pace.Stop()
			c.stop(victim.Name)
			if err := os.RemoveAll(filepath.Join(c.dir, victim.Name)); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(copied, filepath.Join(c.dir, victim.Name)); err != nil {
				t.Fatal(err)
			}
			c.reopen(victim)
			select {
			case <-c.hosts[victim.Name].Done():
			case <-time.After(2 * patience):
				t.Fatal("it runs on")
			}
			if err := c.hosts[victim.Name].Err(); err == nil || !strings.Contains(err.Error(), "the data of host "+victim.Name+" is older") {
				t.Errorf("it ended with %v", err)
			}
			_ = c.hosts[victim.Name].Close() // it says again what it ended with
			delete(c.hosts, victim.Name)
			c.works("without it")
			c.unhurt()
		})
	}
}

// reopen starts a host that was stopped, on its own ports.
func (c *cluster) reopen(m host.Member) {
	c.t.Helper()
	var listeners [2]net.Listener
	for i, address := range []string{m.Peer, m.Client} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			c.t.Fatal(err)
		}
		listeners[i] = l
	}
	c.open(m.Name, listeners[0], listeners[1])
}

// TestAnOlderDiskRecoversUnderPBFT: proactive recovery believes nothing of it, fetches
// what differs, and has the host take part again; also of one that is whole.
func TestAnOlderDiskRecoversUnderPBFT(t *testing.T) {
	c := newCluster(t, "pbft")
	victim := c.members[3]
	c.works("early")
	c.stop(victim.Name)
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(c.dir, victim.Name))); err != nil {
		t.Fatal(err)
	}
	c.reopen(victim)
	for i := range 5 {
		c.works(string(rune('0' + i)))
	}
	c.stop(victim.Name)
	if err := os.RemoveAll(filepath.Join(c.dir, victim.Name)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(copied, filepath.Join(c.dir, victim.Name)); err != nil {
		t.Fatal(err)
	}
	for _, round := range []string{"older", "whole"} {
		c.recover = true
		c.reopen(victim)
		c.recover = false
		c.works("recovered " + round)
		c.unhurt()
		c.stop(victim.Name)
	}
	c.reopen(victim)
	c.stop("a") // now the one that has recovered must count
	c.works("without another")
	c.unhurt()
}

// TestOnlyPBFTRecovers says which engine can.
func TestOnlyPBFTRecovers(t *testing.T) {
	peer, client := listener(t), listener(t)
	h, err := host.Open(host.Config{
		Cluster: "test", Name: "a", Dir: t.TempDir(), Engine: "raft", Recover: true, Peer: peer, Client: client,
		Members: []host.Member{{Name: "a", Peer: peer.Addr().String(), Client: client.Addr().String()}},
	})
	if err == nil {
		h.Close()
		t.Fatal("raft recovers")
	}
	if !strings.Contains(err.Error(), "pbft has") {
		t.Error(err)
	}
}
