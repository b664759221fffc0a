package values

import "github.com/parleysystems/parley/serve/engine"

// A transaction of the writer takes so many bytes, and drops so many values.
const (
	batchBytes = 1 << 20
	batchDrops = 4096
)

// batch is what one transaction does.
type batch struct {
	puts  []uint64
	bytes [][]byte // of puts
	drops []uint64
	size  int
}

// write moves values into the database until the end.
func (s *Store) write() {
	defer close(s.stopped)
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		}
		for {
			b := s.choose()
			if len(b.puts)+len(b.drops) == 0 {
				break
			}
			if err := s.db.Update(b.run); err != nil {
				s.die(err)
				return
			}
			s.done(b)
		}
	}
}

func (b *batch) run(tx *engine.Tx) error {
	for i, id := range b.puts {
		if err := tx.Put(key(id), b.bytes[i]); err != nil {
			return err
		}
	}
	for _, id := range b.drops {
		if err := tx.Delete(key(id)); err != nil {
			return err
		}
	}
	return nil
}

// choose takes the next values to be written and to be dropped. Values that were freed
// before they were written need not be.
func (s *Store) choose() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &batch{}
	oldest := s.taken + 1
	for p := range s.pins {
		oldest = min(oldest, p.number)
	}
	n := 0
	for ; n < len(s.freed) && len(b.drops) < batchDrops && s.freed[n].taken < oldest; n++ {
		id := s.freed[n].id
		if v, is := s.fresh[id]; is {
			delete(s.fresh, id)
			s.bytes -= len(v)
			continue
		}
		b.drops = append(b.drops, id)
	}
	s.freed = s.freed[n:]
	n = 0
	for ; n < len(s.order) && b.size < batchBytes; n++ {
		if v, is := s.fresh[s.order[n]]; is {
			b.puts, b.bytes = append(b.puts, s.order[n]), append(b.bytes, v)
			b.size += len(v)
		}
	}
	s.order = s.order[n:]
	s.room.Broadcast()
	return b
}

// done takes what is in the database out of fresh (V1).
func (s *Store) done(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, id := range b.puts {
		delete(s.fresh, id)
		s.bytes -= len(b.bytes[i])
	}
	s.room.Broadcast()
}

// die stops the host: values that are put from now on would not be kept.
func (s *Store) die(err error) {
	s.mu.Lock()
	s.dead = err
	s.room.Broadcast()
	s.mu.Unlock()
	if s.o.Failed != nil {
		s.o.Failed(err)
	}
}
