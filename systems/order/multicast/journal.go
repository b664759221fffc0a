package multicast

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// The log holds, in order, everything that the member took: its own submissions
// and the messages of others. Whatever else it is (clocks, queues, the numbers
// of its channels, what was delivered) follows from that, since an ordering is a
// deterministic function. A checkpoint stands for all records before it.

func (m *Member) record(in *input) { m.append(in) }

func (m *Member) append(record node.Message) {
	b, err := wire.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("multicast: encode a record: %v", err))
	}
	m.log.Append(b)
	m.records++
}

// compact writes a checkpoint when the log has grown long, and gives up what it
// stands for once it is durable. Call it between two messages, never in the middle
// of one.
func (m *Member) compact() {
	if m.records < m.cfg.Checkpoint {
		return
	}
	at := m.log.Next()
	m.append(&checkpoint{
		Channels: m.mesh.State(), Order: m.rule.state(), Number: m.number, App: m.app.Snapshot(),
	})
	m.records = 0
	m.env.Durable(func() { m.log.Trim(at) })
}

// replay goes through the log, from the latest checkpoint on: of what was
// trimmed before it, some may still be there. Nothing leaves meanwhile.
func (m *Member) replay() error {
	start, found := m.log.First(), m.log.First() == 1
	for lsn, b := range m.log.Records(start) {
		if record, err := wire.Unmarshal(b); err == nil && isCheckpoint(record) {
			start, found = lsn, true
		}
	}
	if !found {
		return fmt.Errorf("read log: it begins with record %d, and has no checkpoint", start)
	}
	for lsn, b := range m.log.Records(start) {
		record, err := wire.Unmarshal(b)
		if err == nil {
			err = m.apply(record)
		}
		if err != nil {
			return fmt.Errorf("read log at record %d: %w", lsn, err)
		}
	}
	return nil
}

func isCheckpoint(record any) bool {
	_, is := record.(*checkpoint)
	return is
}

// apply repeats a record.
func (m *Member) apply(record any) error {
	m.records++
	switch r := record.(type) {
	case *checkpoint:
		return m.restore(r)
	case *input:
		m.again(r)
		return nil
	}
	return fmt.Errorf("unexpected %T", record)
}

// again repeats what an input caused.
func (m *Member) again(in *input) {
	if in.From == m.self {
		m.submit(in.Body.(*Submit).Body)
		return
	}
	if in.Seq > 0 {
		m.mesh.Taken(in.From, in.Seq)
	}
	m.rule.receive(in.From, in.Body)
}

// restore replaces the state by that of a checkpoint.
func (m *Member) restore(c *checkpoint) error {
	m.rule = m.order(m)
	m.mesh.Restore(c.Channels)
	if err := m.rule.restore(c.Order); err != nil {
		return err
	}
	m.records, m.number = 0, c.Number
	return m.app.Restore(c.App)
}
