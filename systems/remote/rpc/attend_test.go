package rpc_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// branch is a server and a neighbour that it attends to: who asks for the debits
// that it has no answer to, a few at a time, again and again.
type branch struct {
	*rpc.Server
	t        *testing.T
	answered map[uint64]int // what was left, by number; it outlives the host
	latest   uint64         // answered in this incarnation
}

const debits = 100

func (b *branch) Start(env node.Env) {
	b.Server.Start(env)
	a, err := b.Attend("neighbour", b.take)
	if err != nil {
		env.Halt(err)
		return
	}
	if _, err := b.Attend("neighbour", b.take); err == nil {
		b.t.Error("two are attended to at one address")
	}
	args, err := wire.AppendBody(nil, &Debit{Amount: 1})
	if err != nil {
		env.Halt(err)
		return
	}
	var again node.Timer
	again = env.Timer(func() {
		asked := 0
		for n := uint64(1); n <= debits && asked < 3; n++ {
			if _, done := b.answered[n]; !done {
				b.Receive(a, &rpc.Request{ID: rpc.XID{Client: "client", Number: n}, Method: "debit", Args: args})
				asked++
			}
		}
		again.Reset(time.Duration(env.Rand().Int64N(int64(200 * time.Microsecond))))
	})
	again.Reset(0)
}

func (b *branch) take(r *rpc.Reply) {
	var left Balance
	if err := wire.UnmarshalBody(r.Result, &left); err != nil || r.Status != rpc.OK {
		b.t.Errorf("reply %+v: %v", r, err)
	}
	n := r.ID.Number
	if before, copied := b.answered[n]; copied && before != left.Left {
		b.t.Errorf("call %d is answered with %d, was answered with %d", n, left.Left, before)
	}
	if _, copied := b.answered[n]; !copied {
		if n < b.latest {
			b.t.Errorf("call %d is answered after call %d, which came later", n, b.latest)
		}
		b.latest = n
	}
	b.answered[n] = left.Left
}

// The host crashes every few calls. What the neighbour has had an answer to has happened
// once, and stays (I3).
func TestWhoIsAttendedToIsToldWhatIsDurable(t *testing.T) {
	for seed := range uint64(8) {
		w := sim.New(sim.Config{Seed: seed})
		answered, crashes := map[uint64]int{}, 0
		var account *Account
		bank := w.Host("bank")
		bank.Serve("accounts", func() node.Node {
			account = &Account{Left: debits}
			b := &branch{Server: rpc.NewServer(rpc.Config{Semantics: rpc.AtMostOnce, State: account}), t: t, answered: answered}
			rpc.Handle(b.Server, "debit", account.Debit)
			return b
		})
		for len(answered) < debits && crashes < 10_000 {
			w.Run(time.Duration(1+(seed+uint64(crashes))%7) * 300 * time.Microsecond)
			bank.Crash()
			bank.Restart()
			crashes++
		}
		w.Run(time.Second)
		left := map[int]bool{}
		for _, is := range answered {
			left[is] = true
		}
		if len(answered) != debits || len(left) != debits || account.Left != 0 || crashes < 5 {
			t.Errorf("seed %d: %d of %d are answered, with %d sums, %d are left; %d crashes", seed, len(answered), debits, len(left), account.Left, crashes)
		}
		w.Close()
	}
}
