package mutant

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"syscall"
)

// PrepareKept is Prepare for the marked rules of a checkout, of which the program
// is kept from one time to the next: see Kept.
func PrepareKept(ctx context.Context, root, dir string, rules []*Rule) (program string, compiled []*Rule, err error) {
	b := Build{Root: root, Program: trialProgram, Output: filepath.Join(dir, "trial")}
	compiled, err = b.Kept(ctx, rules)
	return b.Output, compiled, err
}

// Kept is Most into a directory of this user's cache, where a program that was
// built before and is up to date need not be built again; whether it is, the go
// command knows. The result becomes Output, whatever is built there later. Dir
// need not be set. Without a cache it is Most.
func (b Build) Kept(ctx context.Context, rules []*Rule) ([]*Rule, error) {
	output := b.Output
	dir, unlock, err := b.cache()
	if err != nil {
		b.Dir = filepath.Dir(output)
		return b.Most(ctx, rules)
	}
	defer unlock()
	b.Dir, b.Output = dir, filepath.Join(dir, filepath.Base(output))
	compiled, err := b.Most(ctx, rules)
	if err != nil {
		return nil, err
	}
	return compiled, copied(b.Output, output)
}

// cache returns the directory for this program, and a lock on it: one process at
// a time builds there.
func (b Build) cache() (dir string, unlock func(), err error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", nil, err
	}
	h := fnv.New64a()
	fmt.Fprint(h, b.Root, b.Program, b.Env)
	dir = filepath.Join(user, "parley", fmt.Sprintf("rules-%016x", h.Sum64()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", nil, errors.Join(err, lock.Close())
	}
	return dir, func() { _ = lock.Close() }, nil // which unlocks
}

// copied links a file, or copies it to another file system.
func copied(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}
