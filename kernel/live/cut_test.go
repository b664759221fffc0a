package live_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// A cut takes what is sent one way, counts it, and leaves the rest alone.
func TestACutTakesWhatIsSentOneWay(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	client, words := sink()
	serve(t, hosts["a"], "client", client)
	serve(t, hosts["b"], "echo", echo())
	say := func(n uint64) {
		do(t, hosts["a"], "client", func(env node.Env) { env.Send("b/echo", &Word{Number: n}) })
	}
	expect := func(n uint64) {
		t.Helper()
		if w := await(t, "the echo", words); w.Number != n {
			t.Fatalf("the echo of %d is %d", n, w.Number)
		}
	}
	say(1)
	expect(1)

	hosts["a"].Cut("b")
	say(2)
	eventually(t, "the message is counted as dropped", func() bool { return peer(hosts["a"], "b").Dropped == 1 })
	hosts["a"].Cut()
	say(3)
	expect(3) // and not 2: what was cut does not come later

	hosts["b"].Cut("a")
	say(4)
	eventually(t, "the answer is dropped", func() bool { return peer(hosts["b"], "a").Dropped == 1 })
	hosts["b"].Cut()
	say(5)
	expect(5)
}
