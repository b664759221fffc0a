// Package corpus writes input to measure jobs with: text whose words are as unequal
// in frequency as those of a language (Zipf's law), and records to be sorted. The
// same seed gives the same bytes on every machine.
package corpus

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"
)

// Vocabulary is the number of different words that Text draws from, unless
// another is given.
const Vocabulary = 1 << 20

// Text writes about size bytes of lines of words; word n of the vocabulary is drawn
// with a probability in proportion to 1/(n+2.7)^1.25, Zipf's law as Mandelbrot has
// it. Half a gibibyte holds most of a million words.
func Text(w io.Writer, size int64, vocabulary int, seed uint64) error {
	if vocabulary < 1 {
		return fmt.Errorf("a vocabulary of %d words", vocabulary)
	}
	rng := rand.New(rand.NewPCG(seed, 0x5A1FF))
	draw := newZipf(vocabulary)
	words := make([]string, vocabulary)
	for i := range words {
		words[i] = spell(i)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	for written, inLine := int64(0), 0; written < size; {
		word := words[draw.next(rng)]
		end := byte(' ')
		if inLine += len(word) + 1; inLine > 60 {
			end, inLine = '\n', 0
		}
		if written += int64(len(word)) + 1; written >= size {
			end = '\n'
		}
		out.WriteString(word) // what fails fails the next write as well
		if err := out.WriteByte(end); err != nil {
			return err
		}
	}
	return out.Flush()
}

// spell makes words of syllables, short ones for small numbers; no two numbers have
// the same word.
func spell(n int) string {
	const consonants, vowels = "tnrslhdcmpfgbvkw", "eaoiu"
	var word []byte
	for n++; n > 0; n /= len(consonants) * len(vowels) {
		n--
		s := n % (len(consonants) * len(vowels))
		word = append(word, consonants[s/len(vowels)], vowels[s%len(vowels)])
	}
	return string(word)
}

// zipf draws ranks by the alias method: a cell is drawn evenly, and is either its
// own rank or another's.
type zipf []cell

type cell struct{ keep, alias uint32 } // keep: of 2^32

const exponent = 1.25

func newZipf(n int) zipf {
	weights := make([]float64, n)
	sum := 0.0
	for i := range weights {
		weights[i] = math.Pow(float64(i)+2.7, -exponent)
		sum += weights[i]
	}
	var small, large []uint32
	for i := range weights {
		weights[i] *= float64(n) / sum
		if weights[i] < 1 {
			small = append(small, uint32(i))
		} else {
			large = append(large, uint32(i))
		}
	}
	z := make(zipf, n)
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		z[s] = cell{uint32(weights[s] * (1 << 32)), l}
		if weights[l] -= 1 - weights[s]; weights[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		z[i] = cell{math.MaxUint32, i}
	}
	return z
}

func (z zipf) next(rng *rand.Rand) int {
	rank, part := bits.Mul64(rng.Uint64(), uint64(len(z)))
	if c := z[rank]; uint32(part>>32) > c.keep {
		return int(c.alias)
	}
	return int(rank)
}

// Records writes n lines of width bytes each, newline included: a random key of ten
// letters, the number of the record, and letters to fill it up.
func Records(w io.Writer, n int64, width int, seed uint64) error {
	if width < 24 {
		return fmt.Errorf("records of %d bytes: key and number take 24", width)
	}
	rng := rand.New(rand.NewPCG(seed, 0x50F7))
	out := bufio.NewWriterSize(w, 1<<20)
	line := make([]byte, width)
	for i := range line {
		line[i] = 'A' + byte(i%26)
	}
	line[10], line[width-1] = ' ', '\n'
	for i := range n {
		bits := rng.Uint64()
		for k := range 10 {
			line[k] = ' ' + 1 + byte(bits%94)
			bits /= 94
		}
		number := i
		for k := 22; k > 10; k-- {
			line[k] = '0' + byte(number%10)
			number /= 10
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}
