package disk

// BeginSync marks the point in time at which a sync of f starts; finish waits
// for it and returns its outcome. Only writes that returned before BeginSync
// are certain to be durable then. A Faulty disk tells the two ends apart, so
// that a simulator may let time pass between them; elsewhere finish is Sync.
func BeginSync(f File) (finish func() error) {
	if s, ok := f.(interface{ BeginSync() func() error }); ok {
		return s.BeginSync()
	}
	return f.Sync
}
