package ycsb

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Zipf draws ranks: 0 most often, rank i in proportion to 1/(i+1)^theta.
type Zipf struct {
	n                             int
	theta, zeta, alpha, eta, half float64
}

// NewZipf returns the distribution over n ranks. Theta must be at least 0 and below 1.
func NewZipf(n int, theta float64) (*Zipf, error) {
	if n < 1 || theta < 0 || theta >= 1 || math.IsNaN(theta) {
		return nil, fmt.Errorf("ycsb: no distribution over %d rows with theta %g, which is to be from 0 to below 1", n, theta)
	}
	z := &Zipf{n: n, theta: theta, alpha: 1 / (1 - theta), half: 1 + math.Pow(0.5, theta)}
	for i := range n {
		z.zeta += math.Pow(float64(i+1), -theta)
	}
	z.eta = (1 - math.Pow(2/float64(n), 1-theta)) / (1 - z.half/z.zeta)
	return z, nil
}

// Draw draws a rank.
func (z *Zipf) Draw(r *rand.Rand) int {
	if z.theta == 0 || z.n < 3 {
		return r.IntN(z.n)
	}
	u := r.Float64()
	switch uz := u * z.zeta; {
	case uz < 1:
		return 0
	case uz < z.half:
		return 1
	}
	return min(z.n-1, int(float64(z.n)*math.Pow(z.eta*u-z.eta+1, z.alpha)))
}
