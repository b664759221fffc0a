package primarybackup_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/primarybackup"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// A view server and three servers, of which one is idle. The primary crashes: its
// backup takes over, and the idle one becomes backup.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	var views *primarybackup.ViewServer
	at := w.Host("v").Serve("views", func() node.Node {
		views = primarybackup.NewViewServer(primarybackup.Patience{})
		return views
	})
	for _, h := range []string{"a", "b", "c"} {
		w.Host(h).Serve("store", func() node.Node {
			return rsm.New(primarybackup.New(primarybackup.Config{ViewServer: at}), rsmtest.NewLedger(), rsm.Config{})
		})
	}
	show := func() {
		w.Run(2 * time.Second)
		v, acknowledged := views.View()
		fmt.Println("roles:", v.Primary != "", v.Backup != "", "acknowledged:", acknowledged)
	}
	show()
	before, _ := views.View()
	w.Host(before.Primary.Host()).Crash()
	show()
	after, _ := views.View()
	fmt.Println("the backup took over:", after.Primary == before.Backup)

	// Output:
	// roles: true true acknowledged: true
	// roles: true true acknowledged: true
	// the backup took over: true
}
