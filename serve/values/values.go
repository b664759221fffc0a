package values

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Options tune a Store.
type Options struct {
	// Memory bounds the pages in memory, in bytes; 64 MiB if zero.
	Memory int64
	// Fresh bounds what waits to be written, in bytes; 16 MiB if zero.
	Fresh int
	// Failed is called once when values can be written no more.
	Failed func(error)
}

// Store is a kv.Cold.
type Store struct {
	db *engine.DB
	o  Options

	mu      sync.RWMutex
	room    *sync.Cond // fresh has become less, or the store is dead
	next    uint64
	fresh   map[uint64][]byte
	order   []uint64 // of fresh, as it is to be written
	bytes   int      // of fresh
	freed   []freed  // in the order of the calls
	pins    map[*pin]bool
	taken   uint64 // pins so far
	dead    error
	wake    chan struct{}
	stop    chan struct{}
	stopped chan struct{}
}

var _ kv.Cold = (*Store)(nil)

// freed is a value that goes once the pins are gone that were taken before.
type freed struct{ id, taken uint64 }

// Open makes an empty store in a directory, whose former contents go.
func Open(dir string, o Options) (*Store, error) {
	if o.Fresh == 0 {
		o.Fresh = 16 << 20
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	db, err := engine.Open(dir, &engine.Options{Memory: o.Memory, PageSize: 16 << 10, Checkpoint: 10_000})
	if err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	s := &Store{
		db: db, o: o, fresh: map[uint64][]byte{}, pins: map[*pin]bool{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	s.room = sync.NewCond(&s.mu)
	go s.write()
	return s, nil
}

// Close ends the store. Nobody uses it or its pins any more; pins of those who were
// stopped before they could release them are void.
func (s *Store) Close() error {
	close(s.stop)
	<-s.stopped
	return s.db.Close()
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Put implements kv.Cold. What it keeps ends with a checksum of number and value.
func (s *Store) Put(value []byte) (id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.bytes > s.o.Fresh && s.dead == nil {
		s.room.Wait() // V2
	}
	s.next++
	id = s.next
	sum := crc32.Update(uint32(id), castagnoli, value)
	b := make([]byte, 0, len(value)+4)
	b = binary.LittleEndian.AppendUint32(append(b, value...), sum)
	s.fresh[id] = b
	s.order = append(s.order, id)
	s.bytes += len(b)
	s.signal()
	return id
}

func (s *Store) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Get implements kv.Cold, and kv.ColdPin: a value stays until it may be dropped.
func (s *Store) Get(id uint64) []byte {
	s.mu.RLock()
	b, found := s.fresh[id]
	s.mu.RUnlock()
	var err error
	if !found {
		b, found, err = s.read(id)
	}
	at := len(b) - 4
	if err != nil || !found || at < 0 || crc32.Update(uint32(id), castagnoli, b[:at]) != binary.LittleEndian.Uint32(b[at:]) {
		panic(fmt.Sprintf("values: value %d cannot be read back: found %v, %d bytes, %v", id, found, len(b), err)) // V3
	}
	return b[:at:at]
}

// read reads a value from the database. A state that is given up, as on a full disk, is
// no reason to fail: a later one has the value as well (V1).
func (s *Store) read(id uint64) (b []byte, found bool, err error) {
	for {
		err = s.db.View(func(tx *engine.Tx) error {
			b, found, err = tx.Get(key(id))
			return err
		})
		if !errors.Is(err, engine.ErrTooOld) {
			return b, found, err
		}
	}
}

func key(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// Free implements kv.Cold.
func (s *Store) Free(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed = append(s.freed, freed{id, s.taken})
	s.signal()
}

// pin is a kv.ColdPin.
type pin struct {
	*Store
	number uint64
}

// Pin implements kv.Cold.
func (s *Store) Pin() kv.ColdPin {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	p := &pin{s, s.taken}
	s.pins[p] = true
	return p
}

// Release implements kv.ColdPin.
func (p *pin) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pins, p)
	p.signal()
}
