package vr

// Suspect makes this replica act as if its primary had been silent for too long. For
// experiments that choose when that happens.
func (r *VR) Suspect() {
	if !r.leading.on && r.hasSay() {
		r.settle("")
		r.startViewChange(r.view + 1)
		r.tell()
	}
}

// Decided returns what is committed at an op-number, kind and data, if this replica
// knows it and still holds it. For checkers.
func (r *VR) Decided(n OpNumber) ([]byte, bool) {
	if n > r.commit || n <= r.log.base {
		return nil, false
	}
	e := r.log.at(n)
	return append([]byte{byte(e.Kind)}, e.Data...), true
}
