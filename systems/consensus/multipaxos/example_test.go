package multipaxos_test

import (
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Three replicas replicate a state machine, a list of all its
// commands; whoever leads crashes, and nothing is lost.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"a/multipaxos", "b/multipaxos", "c/multipaxos"}
	for _, m := range members {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			return rsm.New(multipaxos.New(multipaxos.Config{Members: members}), &list{}, rsm.Config{})
		})
	}

	// Any replica takes commands and brings them to the leader.
	for i, m := range members {
		w.Do(m, func(n node.Node) {
			n.(*rsm.Replica).Propose(fmt.Append(nil, "from ", m.Host()), func(_ []byte, err error) {
				fmt.Println("command", i, "done, error:", err)
			})
		})
		w.Run(2 * time.Second)
	}

	// Whoever leads goes down; another takes over.
	replica := func(m node.Addr) *rsm.Replica { return w.Node(m).(*rsm.Replica) }
	leader := replica("a/multipaxos").Status().Leader
	w.Host(leader.Host()).Crash()
	w.Run(2 * time.Second)
	w.Host(leader.Host()).Restart()
	w.Run(2 * time.Second)

	w.Do(leader, func(node.Node) {
		replica(leader).Read(rsm.Linearizable, func(err error) {
			fmt.Printf("%v, error: %v\n", replica(leader).Query(nil), err)
		})
	})
	w.Run(time.Second)
	fmt.Println("another leads:", replica(leader).Status().Leader != leader)

	// Output:
	// command 0 done, error: <nil>
	// command 1 done, error: <nil>
	// command 2 done, error: <nil>
	// [from a from b from c], error: <nil>
	// another leads: true
}

// list is a state machine: its state is the commands that it executed.
type list struct{ all []string }

func (l *list) Apply(_ rsm.Index, command []byte) []byte {
	l.all = append(l.all, string(command))
	return nil
}

func (l *list) Query(any) any { return l.all }

func (l *list) Capture() rsm.Capture { return captured{strings.NewReader(strings.Join(l.all, "\n"))} }

func (l *list) Restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	l.all = strings.Split(string(b), "\n")
	return err
}

func (l *list) Digest() uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", l.all)
	return h.Sum64()
}

// captured is a list as it was.
type captured struct{ *strings.Reader }

func (captured) Release() {}
