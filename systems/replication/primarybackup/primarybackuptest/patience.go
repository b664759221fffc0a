package primarybackuptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// TransferTimeout sets the view server's patience against the time of a transfer.
var TransferTimeout = experiment.Register(&experiment.Experiment{
	System: "primarybackup", Name: "transfer-timeout", Hosts: "2", Once: true,
	Canon: []string{"primarybackup.view.timeout-exceeds-transfer"},
	Question: `How long must silence last before it is taken for death? Servers do nothing else while they transfer
state, as with one lock around everything, and the time of a transfer is a tenth to five times the view server's
patience. While patience is the longer, there is one view, the one with the backup. When it is not, the backup is
taken for dead again and again while it is being brought up to date, views follow one another, and transfers begin
anew. Servers that go on pinging during a transfer need no such patience.`,
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		for _, ratio := range []float64{0.1, 0.5, 2, 5} {
			for _, exclusive := range []bool{true, false} {
				views, complete, err := churn(seed, o, ratio, exclusive, &r)
				if err != nil {
					return violated(r, err)
				}
				r.Stats[fmt.Sprintf("views, transfer/patience %.1f, busy %v", ratio, exclusive)] = float64(views)
				if want := ratio < 1 || !exclusive; want && (views > 1 || !complete) || !want && views < 4 {
					return violated(r, fmt.Errorf("transfer takes %.1f of the patience, busy %v: %d views in %v, complete backup %v",
						ratio, exclusive, views, churnTime, complete))
				}
			}
		}
		return r
	},
})

const (
	churnTime    = 12 * time.Second
	transferTime = 400 * time.Millisecond // about what it takes for the state below
)

// churn counts the views that follow a backup's return.
func churn(seed uint64, o experiment.Options, ratio float64, exclusive bool, r *experiment.Result) (views int, complete bool, err error) {
	s := quick()
	s.Server.Whole, s.Server.Exclusive, s.Server.IdleSpares = true, exclusive, true
	s.Patience.PingInterval = time.Duration(float64(transferTime) / ratio / float64(s.Patience.DeadPings))
	s.Server.PingInterval = s.Patience.PingInterval
	p := newPair(seed, o, s)
	defer p.World.Close()
	defer p.add(r)
	if !p.settled(true, moveLimit) {
		return 0, false, fmt.Errorf("transfer: no backup")
	}
	p.World.Host("b").Crash()
	if !p.settled(false, 2*moveLimit) {
		return 0, false, fmt.Errorf("transfer: a is not alone")
	}
	if err := p.write(250, 250, 100, 0); err != nil {
		return 0, false, err
	}
	before, _ := p.views.View()
	p.World.Host("b").Disk().Wipe()
	p.World.Host("b").Restart()
	p.World.Run(churnTime)
	after, acked := p.views.View()
	return int(after.Number - before.Number), acked && after.Backup != "", nil
}
