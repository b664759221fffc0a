package hosts

import (
	"context"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Await polls until the condition holds, and fails the test if it never does.
func Await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	limit := time.NewTimer(Patience)
	defer limit.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !condition() {
		select {
		case <-limit.C:
			t.Fatalf("waited %v for %s", Patience, what)
		case <-poll.C:
		}
	}
}

// AwaitReady waits until those hosts, or all that run, answer a linearizable read.
func (c *Cluster) AwaitReady(hosts ...*Host) {
	c.t.Helper()
	if len(hosts) == 0 {
		hosts = c.Running()
	}
	for _, h := range hosts {
		client := c.Connect(h)
		c.await(fmt.Sprintf("host %s to serve", h.Name), func(ctx context.Context) error {
			if !h.Running() {
				c.t.Fatalf("host %s has ended", h.Name)
			}
			_, err := client.Get(ctx, "ready")
			return err
		})
		_ = client.Close()
	}
}

// awaitMembers waits until all hosts are members: where one takes its place in a row
// after the other, the first serve before the last are.
func (c *Cluster) awaitMembers() {
	c.t.Helper()
	for _, h := range c.Hosts {
		client := c.Connect(h)
		c.await(fmt.Sprintf("host %s to know all as members", h.Name), func(ctx context.Context) error {
			r, err := client.MemberList(ctx)
			if err == nil && len(r.Members) != len(c.Hosts) {
				err = fmt.Errorf("it knows %d", len(r.Members))
			}
			return err
		})
		_ = client.Close()
	}
}

// await is Await for what can fail, and adds the last error to what it says. A machine
// that is busy is given longer for an attempt, rather than more of them.
func (c *Cluster) await(what string, attempt func(context.Context) error) {
	c.t.Helper()
	last, within := error(nil), time.Second
	defer func() {
		if last != nil {
			c.t.Logf("the last error: %v", last)
		}
	}()
	Await(c.t, what, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		last, within = attempt(ctx), min(2*within, 10*time.Second)
		return last == nil
	})
}

// Running returns the hosts that have a process.
func (c *Cluster) Running() (all []*Host) {
	for _, h := range c.Hosts {
		if h.Running() {
			all = append(all, h)
		}
	}
	return all
}

// Leader waits until a host that runs says that it leads.
func (c *Cluster) Leader() (leader *Host) {
	c.t.Helper()
	client := c.Connect(c.Running()...)
	defer client.Close()
	Await(c.t, "a leader", func() bool {
		for _, h := range c.Running() {
			if s := status(client, h); s != nil && s.Leader != 0 && s.Leader == s.Header.MemberId {
				leader = h
				return true
			}
		}
		return false
	})
	return leader
}

// Followers returns the hosts that run and do not lead.
func (c *Cluster) Followers() (all []*Host) {
	c.t.Helper()
	leader := c.Leader()
	for _, h := range c.Running() {
		if h != leader {
			all = append(all, h)
		}
	}
	return all
}

// ID returns the host's member ID.
func (h *Host) ID() uint64 {
	h.cluster.t.Helper()
	client := h.cluster.Connect(h)
	defer client.Close()
	var id uint64
	h.cluster.await("the status of host "+h.Name, func(ctx context.Context) error {
		s, err := client.Status(ctx, h.Client)
		if err == nil {
			id = s.Header.MemberId
		}
		return err
	})
	return id
}

// status returns nil if the host does not answer soon.
func status(client *clientv3.Client, h *Host) *clientv3.StatusResponse {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := client.Status(ctx, h.Client)
	if err != nil {
		return nil
	}
	return s
}
