package enginetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// watch is asked before every write: no page is written, at home or twice, that the
// log does not cover durably. It panics, since that is a broken invariant (B1).
func (t *Trial) watch(file string, p []byte, offset int64) {
	if t.DB == nil || !strings.HasSuffix(file, "/"+pool.DataFile) {
		return
	}
	if lsn, durable := page.Page(p).LSN(), t.DB.Stats().Durable; lsn > durable {
		panic(fmt.Sprintf("page %d is written with LSN %d, and the log is durable up to %d", page.Page(p).ID(), lsn, durable))
	}
}

// judge compares what a snapshot showed with the state as of its commit.
func (l *Load) judge(s scheme.Snapshot, got State) error {
	n := int(s.Seq())
	if n >= len(l.model.States) {
		return fmt.Errorf("a snapshot shows commit %d, and %d were called", n, len(l.model.States)-1)
	}
	if why := diff(got, l.model.States[n]); why != "" {
		return fmt.Errorf("the snapshot as of commit %d: %s", n, why)
	}
	l.marks("a snapshot behind the newest commit", n < len(l.model.States)-1)
	return nil
}
