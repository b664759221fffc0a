package schemetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Load is random transactions on few lists: reads, scans and appends, as many
// as Accesses at most, with pauses in between. One in eight is given up.
type Load struct {
	Txns     int // that each client commits or gives up
	Keys     int
	Accesses int
	Pause    time.Duration // at most
	Scans    int           // one access in so many
	Updates  bool          // whether who appends reads for update, if the scheme can
	Phantoms bool          // whether scans promise nothing of keys that are not there
	Patience time.Duration // after which who waits aborts; 0 means never

	left      map[int]int // transactions, by client
	processes int         // that there were
}

// errGivenUp is why a client aborts for no reason.
var errGivenUp = errors.New("given up")

// updater is a transaction that can read what it is going to write.
type updater interface {
	GetForUpdate(key []byte) (value []byte, found bool, err error)
}

// visit is one transaction of a client under way.
type visit struct {
	*Load
	h      *Host
	task   node.Task
	tx     scheme.Txn
	at     int  // in the history
	reader bool // it has promised to write nothing
}

// Client is a Trial's. After a crash it goes on with what is left, as another process:
// what it was at is of unknown outcome.
func (l *Load) Client(h *Host, t node.Task, number int) error {
	if l.left == nil {
		l.left = map[int]int{}
	}
	if _, again := l.left[number]; !again {
		l.left[number] = l.Txns
	}
	process := l.processes
	for l.processes++; l.left[number] > 0; l.left[number]-- {
		var before scheme.Txn
		for again := true; again; {
			t.Sleep(h.Span(l.Pause))
			reader := h.Env.Rand().IntN(4) == 0
			v := &visit{Load: l, h: h, task: t, reader: reader, tx: h.Scheme.Begin(scheme.Options{ReadOnly: reader, Retry: before})}
			before = v.tx
			var err error
			if again, err = v.run(process); err != nil && !errors.Is(err, errGivenUp) {
				return err
			}
		}
	}
	return nil
}

// run runs one transaction and records it.
func (v *visit) run(process int) (again bool, err error) {
	trial, call := v.h.Trial, v.h.Trial.World.Now()
	v.at = len(trial.History)
	trial.History = append(trial.History, isolation.Txn{Process: process, Call: call, Return: workload.Never})
	err = v.body()
	if err == nil {
		err = scheme.Retry(v.task, v.tx.Commit) // from its first call on there is no way back
	}
	outcome := workload.OK
	if err != nil {
		outcome = workload.Failed
		trial.Marks.Sometimes("aborted: "+reason(err), reason(err) != "")
		again, err = Abort(v.task, v.tx, err)
	}
	record := &trial.History[v.at]
	record.Outcome, record.Return = outcome, trial.World.Now()
	return again, err
}

// retry calls an operation until it does not have to wait, or patience is at an end.
func (v *visit) retry(operation func() error) error {
	deadline := v.h.Trial.World.Now() + v.Patience
	for {
		err := operation()
		ticket, waits := scheme.Waiting(err)
		switch {
		case !waits:
			return err
		case v.Patience == 0:
			scheme.Await(v.task, ticket)
			continue
		}
		left := deadline - v.h.Trial.World.Now()
		if left <= 0 {
			return &scheme.Abort{Reason: "timeout"}
		}
		v.task.Await(func(wake func()) {
			woken := false
			once := func() {
				if !woken {
					woken = true
					wake()
				}
			}
			v.h.Env.Timer(once).Reset(left)
			ticket.Then(once)
		})
	}
}

// note records an access, at once: a crash may cut the transaction short.
func (v *visit) note(a isolation.Access) {
	record := &v.h.Trial.History[v.at]
	record.Accesses = append(record.Accesses, a)
}

func reason(err error) string {
	var abort *scheme.Abort
	if errors.As(err, &abort) {
		return abort.Reason
	}
	return ""
}

func (v *visit) body() error {
	r := v.h.Env.Rand()
	for range 1 + r.IntN(v.Accesses) {
		var err error
		switch k := r.IntN(v.Keys); {
		case r.IntN(v.Scans) == 0:
			err = v.scan(k, k+1+r.IntN(v.Keys-k), r.IntN(2) == 0)
		case v.reader || r.IntN(2) == 0:
			_, err = v.read(k, false)
		default:
			err = v.append(k)
		}
		if err != nil {
			return err
		}
		v.task.Sleep(v.h.Span(v.Pause))
	}
	if r.IntN(8) == 0 {
		return errGivenUp
	}
	return nil
}

func name(k int) string { return fmt.Sprintf("k%02d", k) }

func list(value []byte) []string {
	if len(value) == 0 {
		return nil
	}
	return strings.Split(string(value), ",")
}

func (v *visit) read(k int, update bool) (value []byte, err error) {
	get := v.tx.Get
	if u, ok := v.tx.(updater); ok && update {
		get = u.GetForUpdate
	}
	err = v.retry(func() error {
		got, _, err := get([]byte(name(k)))
		value = append([]byte(nil), got...)
		return err
	})
	if err == nil {
		v.note(isolation.Access{Verb: workload.Read, Key: name(k), List: list(value)})
	}
	return value, err
}

// append adds to a list what nobody adds elsewhere.
func (v *visit) append(k int) error {
	value, err := v.read(k, v.Updates)
	if err != nil {
		return err
	}
	v.h.Trial.values++
	unique := fmt.Sprint(v.h.Trial.values)
	if len(value) > 0 {
		value = append(value, ',')
	}
	value = append(value, unique...)
	// The scheme may have written by the time that it is known to have.
	v.note(isolation.Access{Verb: workload.Append, Key: name(k), Value: unique})
	return v.retry(func() error { return v.tx.Put([]byte(name(k)), value) })
}

// scan reads the keys from one up to another, those that are not there included
// unless there may be phantoms.
func (v *visit) scan(from, to int, reverse bool) error {
	c := v.tx.Scan(scheme.Range{From: []byte(name(from)), To: []byte(name(to)), Reverse: reverse})
	seen := map[string][]string{}
	for {
		found := false
		err := v.retry(func() error {
			key, value, more, err := c.Next()
			if found = more; err == nil && more {
				seen[string(key)] = list(value)
			}
			return err
		})
		if err != nil {
			return err
		}
		if !found {
			break
		}
		v.task.Sleep(v.h.Span(v.Pause))
	}
	for k := from; k < to; k++ {
		if _, there := seen[name(k)]; !there && v.Phantoms {
			continue
		}
		v.note(isolation.Access{Verb: workload.Read, Key: name(k), List: seen[name(k)], Predicate: true})
	}
	return nil
}
