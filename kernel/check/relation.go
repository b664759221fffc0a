package check

// relation is a set of ordered pairs of the numbers below n.
type relation struct {
	n, words int
	bits     []uint64 // row by row
}

func newRelation(n int) *relation {
	words := (n + 63) / 64
	return &relation{n, words, make([]uint64, n*words)}
}

func (r *relation) row(i int) []uint64 { return r.bits[i*r.words : (i+1)*r.words] }

func (r *relation) add(i, j int) { r.row(i)[j/64] |= 1 << (j % 64) }

func (r *relation) has(i, j int) bool { return r.row(i)[j/64]>>(j%64)&1 != 0 }

func (r *relation) clone() *relation {
	return &relation{r.n, r.words, append([]uint64(nil), r.bits...)}
}

// close makes the relation transitive (Warshall).
func (r *relation) close() {
	for k := range r.n {
		through := r.row(k)
		for i := range r.n {
			if !r.has(i, k) {
				continue
			}
			row := r.row(i)
			for w := range row {
				row[w] |= through[w]
			}
		}
	}
}

// cycle returns a number that a transitive relation puts before itself.
func (r *relation) cycle() (i int, found bool) {
	for i := range r.n {
		if r.has(i, i) {
			return i, true
		}
	}
	return 0, false
}
