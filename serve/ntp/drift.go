package ntp

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/systems/order/physical"
)

// loadDrift reads what saveDrift wrote: one number, in parts in a million. Without
// a file nothing is known.
func loadDrift(file string) (*physical.PPB, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("drift file: %w", err)
	}
	ppm, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	most := float64(physical.MaxFrequency) / 1000
	if err != nil || !(ppm >= -most && ppm <= most) {
		return nil, fmt.Errorf("drift file %s: it has to contain one number from -%g to %g, parts in a million; without the file the drift is measured anew", file, most, most)
	}
	ppb := physical.PPB(math.Round(ppm * 1000))
	return &ppb, nil
}

// saveDrift keeps what was learnt, if there is a file for it and something was.
// Whoever is interrupted leaves the old file as it was.
func (c *Client) saveDrift() error {
	s := c.Status()
	if c.drift == "" || !s.Learnt {
		return nil
	}
	next := c.drift + ".new"
	text := strconv.FormatFloat(float64(s.Frequency)/1000, 'f', 3, 64) + "\n"
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
		return fmt.Errorf("drift file: %w", err)
	}
	if err := os.Rename(next, c.drift); err != nil {
		return fmt.Errorf("drift file: %w", err)
	}
	return nil
}
