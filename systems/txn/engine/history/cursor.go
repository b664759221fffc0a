package history

import "sort"

// Cursor is one reader's place in a run. Slices that it returns stay as they are.
type Cursor struct {
	run     *Run
	block   int // that entries are of; -1 for none
	entries []Entry
}

// Cursor returns a cursor.
func (r *Run) Cursor() *Cursor { return &Cursor{run: r, block: -1} }

// Run returns what it is a place in.
func (c *Cursor) Run() *Run { return c.run }

// load goes to a block.
func (c *Cursor) load(i int) error {
	if c.block == i {
		return nil
	}
	entries, err := c.run.read(i)
	if err != nil {
		return err
	}
	c.block, c.entries = i, entries
	return nil
}

// before goes to the last block that begins with a lesser key, or to the first. It is
// the first that may have the key.
func (c *Cursor) before(key []byte) error {
	blocks := c.run.blocks
	if i := c.block; i >= 0 && (i == 0 || blocks[i].first < string(key)) &&
		(i+1 == len(blocks) || blocks[i+1].first >= string(key)) {
		return nil // a walk is mostly still where it was
	}
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].first >= string(key) })
	return c.load(max(0, i-1))
}

// ceiling returns the place in the present block of the first entry whose key is not
// less.
func (c *Cursor) ceiling(key []byte) int {
	return sort.Search(len(c.entries), func(i int) bool { return string(c.entries[i].Key) >= string(key) })
}

// Find returns the first entry of a key that want accepts, or nil.
func (c *Cursor) Find(key []byte, want func(Unit) bool) (*Entry, error) {
	if err := c.before(key); err != nil {
		return nil, err
	}
	for i := c.ceiling(key); ; i++ {
		if i == len(c.entries) {
			if c.block+1 == len(c.run.blocks) {
				return nil, nil
			}
			if err := c.load(c.block + 1); err != nil {
				return nil, err
			}
			i = 0
		}
		e := &c.entries[i]
		switch {
		case string(e.Key) != string(key):
			return nil, nil
		case want(e.Unit):
			return e, nil
		}
	}
}

// From returns the least key that is not less than one; nil if there is none.
func (c *Cursor) From(key []byte) ([]byte, error) {
	if err := c.before(key); err != nil {
		return nil, err
	}
	i := c.ceiling(key)
	if i == len(c.entries) {
		if c.block+1 == len(c.run.blocks) {
			return nil, nil
		}
		if err := c.load(c.block + 1); err != nil {
			return nil, err
		}
		i = 0
	}
	return c.entries[i].Key, nil
}

// Below returns the greatest key that is less than one, nil for no bound; nil if there
// is none.
func (c *Cursor) Below(key []byte) ([]byte, error) {
	if key == nil {
		if err := c.load(len(c.run.blocks) - 1); err != nil {
			return nil, err
		}
		return c.entries[len(c.entries)-1].Key, nil
	}
	if err := c.before(key); err != nil {
		return nil, err
	}
	if i := c.ceiling(key); i > 0 {
		return c.entries[i-1].Key, nil
	}
	return nil, nil // before has gone to a block with a lesser key, if there is one
}
