package disk

// twoEnded is a File that tells the two ends of a Sync apart, so that a
// simulator may let time pass between them. A Faulty disk's files do.
type twoEnded interface {
	BeginSync() (mark uint64)
	EndSync(mark uint64) error
}

// BeginSync marks the point in time at which a sync of f starts. Only writes
// that returned before it are certain to be durable when EndSync, which must
// be called with that mark, has returned nil. There may be several at a time.
func BeginSync(f File) (mark uint64) {
	if t, ok := f.(twoEnded); ok {
		return t.BeginSync()
	}
	return 0
}

// EndSync waits for the sync that began at mark and returns its outcome. If f
// knows one end only, this is it.
func EndSync(f File, mark uint64) error {
	if t, ok := f.(twoEnded); ok {
		return t.EndSync(mark)
	}
	return f.Sync()
}
