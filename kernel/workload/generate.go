package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Mix is a workload on a keyed store. The zero value reads one key.
type Mix struct {
	// Keys is how many keys there are; 0 means one.
	Keys int
	// Prefix begins every key.
	Prefix string
	// Zipf skews the choice of keys: key i is chosen in proportion to
	// 1/(i+1)^Zipf. Zero is uniform.
	Zipf float64
	// Read to Append are the relative frequencies of the verbs.
	Read, Write, Delete, CAS, Add, Append int
}

// Register returns a mix of reads, writes and swaps over some keys.
func Register(keys int) Mix { return Mix{Keys: keys, Read: 5, Write: 4, CAS: 1} }

// Counters returns a mix of additions and reads over some keys.
func Counters(keys int) Mix { return Mix{Keys: keys, Read: 1, Add: 3} }

// Lists returns a mix of appends and reads over some keys.
func Lists(keys int) Mix { return Mix{Keys: keys, Read: 1, Append: 1} }

// Generator yields the requests of one client. The n-th depends on the client's
// seed and n only, whatever became of the others.
type Generator struct {
	mix    Mix
	seed   uint64
	client int
	shares []float64 // cumulative shares of the keys; nil if uniform
	n      uint64
}

// NewGenerator returns the generator of a client. Clients that share a seed
// and differ in number ask for different things.
func NewGenerator(mix Mix, seed uint64, client int) *Generator {
	mix.Keys = max(mix.Keys, 1)
	return &Generator{mix: mix, seed: seed, client: client, shares: zipf(mix.Keys, mix.Zipf)}
}

// Next returns the client's next request.
func (g *Generator) Next() Request {
	r := rand.New(rand.NewPCG(g.seed, uint64(g.client)<<32|g.n))
	g.n++
	in := Request{Verb: g.mix.verb(r), Key: g.key(r)}
	switch in.Verb {
	case Write, Append:
		in.Value = g.value(g.client, g.n)
	case CAS:
		in.Value, in.Expect = g.value(g.client, g.n), g.guess(r)
	case Add:
		in.Delta = 1
	}
	return in
}

// value names the client's n-th value: unique in the run, so that whoever reads
// it tells which operation wrote it.
func (g *Generator) value(client int, n uint64) string { return fmt.Sprintf("c%d.%d", client, n) }

// guess is what a CAS expects: mostly a value of its own recent past, which has
// a fair chance of being there, sometimes nothing.
func (g *Generator) guess(r *rand.Rand) string {
	back := uint64(r.IntN(4)) + 1
	if back >= g.n {
		return ""
	}
	return g.value(g.client, g.n-back)
}

func (g *Generator) key(r *rand.Rand) string {
	i := 0
	if g.shares == nil {
		i = r.IntN(g.mix.Keys)
	} else {
		x := r.Float64()
		for i < len(g.shares)-1 && g.shares[i] < x {
			i++
		}
	}
	return fmt.Sprintf("%sk%d", g.mix.Prefix, i)
}

func (m Mix) verb(r *rand.Rand) Verb {
	weights := [...]int{Read: m.Read, Write: m.Write, Delete: m.Delete, CAS: m.CAS, Add: m.Add, Append: m.Append}
	total := 0
	for _, w := range weights {
		total += w
	}
	if total == 0 {
		return Read
	}
	x := r.IntN(total)
	for verb, w := range weights {
		if x -= w; x < 0 {
			return Verb(verb)
		}
	}
	panic("workload: weights changed under the draw")
}

func zipf(keys int, skew float64) []float64 {
	if skew == 0 {
		return nil
	}
	shares, total := make([]float64, keys), 0.0
	for i := range shares {
		total += math.Pow(float64(i+1), -skew)
		shares[i] = total
	}
	for i := range shares {
		shares[i] /= total
	}
	return shares
}
