package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/node"
)

var (
	// ErrNone says that nothing was ever saved, or nothing undamaged is left.
	ErrNone = errors.New("no checkpoint")
	// ErrBusy says that the Save before is under way. Nothing was done.
	ErrBusy = errors.New("a checkpoint is being saved")
	// ErrOld says that the epoch is not above all earlier ones. Nothing was done.
	ErrOld = errors.New("epoch is not new")
	// ErrDamaged says that bytes differ from those that were saved.
	ErrDamaged = errors.New("checkpoint is damaged")
)

// MaxPart bounds a part, in bytes.
const MaxPart = 1 << 30

// Part is a named piece of a state.
type Part struct {
	Name string // letters, digits, '-' and '_'
	Data []byte
}

// State is a checkpoint that was found.
type State struct {
	Epoch uint64
	Parts []Part // in the order in which they were saved
	// Damaged says what was wrong with newer epochs.
	Damaged []error
}

// Part returns the bytes of a part, and whether there is one.
func (s State) Part(name string) ([]byte, bool) {
	for _, p := range s.Parts {
		if p.Name == name {
			return p.Data, true
		}
	}
	return nil, false
}

// Store is the checkpoints in one directory.
type Store struct {
	fs     node.FS
	dir    string
	keep   int
	newest uint64
	saving bool
}

// Open returns the store of a directory, which keeps so many epochs (at least 1;
// two bear damage to the newest).
func Open(fs node.FS, dir string, keep int) *Store {
	return &Store{fs: fs, dir: dir, keep: max(keep, 1)}
}

// Saving tells whether a Save is under way.
func (s *Store) Saving() bool { return s.saving }

// name returns that of an epoch's file.
func (s *Store) name(epoch uint64, suffix string) string {
	return fmt.Sprintf("%s/%016x.%s", s.dir, epoch, suffix)
}

// parse undoes name.
func (s *Store) parse(name string) (epoch uint64, suffix string, ok bool) {
	digits, suffix, found := strings.Cut(strings.TrimPrefix(name, s.dir+"/"), ".")
	if !found || len(digits) != 16 {
		return 0, "", false
	}
	epoch, err := strconv.ParseUint(digits, 16, 64)
	return epoch, suffix, err == nil
}

// read returns all of a file.
func (s *Store) read(name string) ([]byte, error) {
	f, err := s.fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > MaxPart {
		return nil, fmt.Errorf("%s has %d bytes, more than were ever saved: %w", name, size, ErrDamaged)
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); err != nil && (!errors.Is(err, io.EOF) || int64(n) < size) {
		return nil, err
	}
	return b, nil
}
