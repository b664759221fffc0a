package disk

import "sync"

// Mutex is a sync.Mutex that whoever has only one goroutine may switch off,
// before it is first used: to take locks that nobody contends for would be a
// sixth of what a simulated host costs. Disks and the logs on them use it.
type Mutex struct {
	mu sync.Mutex
	// Off says that no two goroutines ever use what the mutex guards.
	Off bool
}

// Lock implements sync.Locker.
func (m *Mutex) Lock() {
	if !m.Off {
		m.mu.Lock()
	}
}

// Unlock implements sync.Locker.
func (m *Mutex) Unlock() {
	if !m.Off {
		m.mu.Unlock()
	}
}

// TryLock locks the mutex unless it is locked, and reports whether it did. One
// that is off is never locked.
func (m *Mutex) TryLock() bool { return m.Off || m.mu.TryLock() }
