package schemetest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/mvcc/serializable"
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// column is a scheme of the table.
type column struct {
	name, about string
	under       func(scheme.Store) scheme.Scheme
}

// columns are the schemes of docs/isolation.md, from what prevents nothing on.
func columns() []column {
	return []column{
		{"none", "no control at all; not for use", func(s scheme.Store) scheme.Scheme { return Uncontrolled{s} }},
		{"2pl, entries", "two-phase locking of entries, not of the gaps between them (`lock.Options.Phantoms`)",
			func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Phantoms: true}) }},
		{"si", "snapshot isolation", func(s scheme.Store) scheme.Scheme { return snapshot.New(s) }},
		{"ssi", "serializable snapshot isolation", func(s scheme.Store) scheme.Scheme { return serializable.New(s, serializable.Options{}) }},
		{"mvto", "multi-version timestamp ordering", func(s scheme.Store) scheme.Scheme { return mvcc.New(s, mvcc.Options{}) }},
		{"occ", "optimistic, parallel validation", func(s scheme.Store) scheme.Scheme { return occ.New(s, occ.Options{}) }},
		{"2pl", "strict two-phase locking of entries and ranges", func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{}) }},
		{"serial", "one writer after the other", func(s scheme.Store) scheme.Scheme { return engine.NewSerial(s) }},
	}
}

const preface = `# What each scheme admits

A database is opened with one of these schemes of concurrency control; what they isolate, and how,
differs. Every cell below was produced by running the interleaving of its row under the scheme of
its column, and asking whether some serial order of the transactions that committed gives what
they read and what is left. ` + "`go test ./systems/txn/schemetest -run Table -update`" + ` writes this page,
and without -update the same test fails if the page says anything else.

    **admitted**   it happened: no serial order explains what was seen
    aborts         it did not, as somebody was aborted, and may begin anew
    waits          it did not, as somebody waited
    passes         it did not, and all went on: somebody was shown an older version, or a copy of
                   its own

`

const afterword = `
Every scheme but the first three columns is strictly serializable: transactions look as if they had run
one after the other, in an order in which nobody who began after another's commit comes before it.
Random transactions, with crashes, are judged for that by ` + "`parley check locking occ mvcc snapshotisolation`" + `.

Which to choose:

- ` + "`serial`" + ` where transactions are short and the log is what they wait for: nobody is ever aborted.
- ` + "`2pl`" + ` under contention: who meets waits, and loses no work but in a deadlock.
- ` + "`occ`" + ` where conflicts are rare: nothing is locked, and who loses begins anew.
- ` + "`mvto`" + ` where long readers run beside writers and nobody knows beforehand who only reads.
- ` + "`ssi`" + ` where most only read: readers and writers never wait for each other.
- ` + "`si`" + ` only where write skew cannot do harm: two that read the same and write different items, or the
  application checks what they must not break by writing an item that all of them write.
`

// Table runs every anomaly under every scheme and returns the page.
func Table() ([]byte, error) {
	var page bytes.Buffer
	page.WriteString(preface)
	all := columns()
	fmt.Fprint(&page, "| |")
	for _, c := range all {
		fmt.Fprintf(&page, " %s |", c.name)
	}
	fmt.Fprintf(&page, "\n|---|%s\n", strings.Repeat("---|", len(all)))
	for _, a := range Anomalies {
		fmt.Fprintf(&page, "| %s |", a.Name)
		for _, c := range all {
			fate, err := a.Run(c.under)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			fmt.Fprintf(&page, " %s |", fate)
		}
		page.WriteString("\n")
	}
	page.WriteString("\n")
	for _, c := range all {
		fmt.Fprintf(&page, "- `%s`: %s\n", c.name, c.about)
	}
	page.WriteString(afterword)
	page.WriteString("\n## The interleavings\n\nInitially x and y are 0, and there is nothing else. r reads, w writes, s scans up to a bound, c commits,\na aborts.\n\n")
	for _, a := range Anomalies {
		fmt.Fprintf(&page, "**%s**: %s\n\n    %s\n\n", a.Name, a.About, strings.ReplaceAll(a.Script, "; ", "   "))
	}
	return append(bytes.TrimRight(page.Bytes(), "\n"), '\n'), nil
}
