package task

import "fmt"

// Token names an attempt, and fences those before it: the later grant has the
// greater token.
type Token struct {
	// Epoch is the incarnation of the owner that granted it, from 1.
	Epoch uint64 `wire:"1"`
	// Number counts the owner's grants, from 1.
	Number uint64 `wire:"2"`
}

// Less tells whether t was granted before u.
func (t Token) Less(u Token) bool {
	return t.Epoch < u.Epoch || t.Epoch == u.Epoch && t.Number < u.Number
}

// String returns the token as people and file names write it.
func (t Token) String() string { return fmt.Sprintf("%d-%d", t.Epoch, t.Number) }

// Fence stands before what attempts change, such as files, and lets pass only
// attempts of the newest owner that it has heard of.
type Fence struct{ epoch uint64 }

// Raise shuts out the owners before the one of this epoch. It returns false if
// that one is shut out already.
func (f *Fence) Raise(epoch uint64) bool {
	if epoch < f.epoch {
		return false
	}
	f.epoch = epoch
	return true
}

// Admits tells whether an attempt may pass.
func (f *Fence) Admits(t Token) bool { return t.Epoch >= f.epoch }

// Epoch returns the one that was raised last.
func (f *Fence) Epoch() uint64 { return f.epoch }
