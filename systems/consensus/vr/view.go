package vr

import "fmt"

// Epoch numbers configurations: a reconfiguration ends one and begins the next (§7).
type Epoch uint32

// View numbers leaderships: the epoch in its upper half and the view-number,
// which begins anew with each epoch, in its lower. Views are ordered as numbers:
// by epoch first. A view has one primary, which its number determines (§4).
type View uint64

// ViewOf returns a view of an epoch.
func ViewOf(e Epoch, number uint32) View { return View(e)<<32 | View(number) }

// Epoch returns the epoch that the view belongs to.
func (v View) Epoch() Epoch { return Epoch(v >> 32) }

// Number returns the view-number within its epoch.
func (v View) Number() uint32 { return uint32(v) }

func (v View) String() string { return fmt.Sprintf("%d.%d", v.Epoch(), v.Number()) }

// status is what a replica does in its view (§4, §4.3, §7.1).
type status uint8

const (
	normal status = iota
	viewChange
	recovering // the log is gone, and is being asked for
	joining    // belongs to no group yet
	left       // replaced by a reconfiguration; still hands out what was committed
)

func (s status) String() string {
	return [...]string{"normal", "view-change", "recovering", "joining", "left"}[s]
}
