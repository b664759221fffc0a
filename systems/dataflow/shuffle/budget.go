package shuffle

import (
	"errors"
	"fmt"
)

// ErrBudget says that something needs more memory than it was given. Nothing
// was lost, and nothing will be done with less.
var ErrBudget = errors.New("the memory budget is too small")

// Budget is bytes of memory that parts of a task share. It counts; it does
// not allocate.
type Budget struct {
	limit, used, peak int64
}

// NewBudget returns a budget of limit bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Take reserves n bytes for what, or returns an error that wraps ErrBudget and
// reserves nothing.
func (b *Budget) Take(what string, n int64) error {
	if n < 0 {
		panic(fmt.Sprintf("shuffle: take %d bytes", n))
	}
	if n > b.limit-b.used {
		return fmt.Errorf("shuffle: %s needs %d bytes, %d of %d are taken: %w", what, n, b.used, b.limit, ErrBudget)
	}
	b.used += n
	b.peak = max(b.peak, b.used)
	return nil
}

// Give returns n bytes that were taken.
func (b *Budget) Give(n int64) {
	if n < 0 || n > b.used {
		panic(fmt.Sprintf("shuffle: give %d bytes back of %d", n, b.used))
	}
	b.used -= n
}

// Free returns how many bytes are left.
func (b *Budget) Free() int64 { return b.limit - b.used }

// Peak returns the largest number of bytes that were taken at a time.
func (b *Budget) Peak() int64 { return b.peak }
