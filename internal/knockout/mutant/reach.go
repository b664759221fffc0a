package mutant

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Unreached is the problem of a mutant that no experiment comes by.
const Unreached = "no experiment comes by"

// Coverage says which experiments come by which switch.
type Coverage map[int][]string

// Reached runs each experiment of a program over some seeds, with no rule taken
// out, and returns which come by each switch. Mutants are then tried only where
// they can be noticed.
func Reached(ctx context.Context, program, dir string, experiments []string, b Budget) (Coverage, error) {
	c := Coverage{}
	for i, name := range experiments {
		file := filepath.Join(dir, fmt.Sprintf("reach%d", i))
		limited, cancel := context.WithTimeout(ctx, 2*Patience*b.Time+30*time.Second)
		command := exec.CommandContext(limited, program, "-experiments", name,
			"-seeds", strconv.FormatUint(b.Seeds, 10), "-time", b.Time.String(), "-codec="+strconv.FormatBool(b.Codec))
		command.Env = append(os.Environ(), Reach+"="+file)
		text, err := command.CombinedOutput()
		cancel()
		if err != nil {
			return nil, fmt.Errorf("mutant: what %s comes by: %w\n%s", name, err, tail(text))
		}
		numbers, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("mutant: what %s comes by: %w", name, err)
		}
		for _, n := range strings.Fields(string(numbers)) {
			number, err := strconv.Atoi(n)
			if err != nil {
				return nil, fmt.Errorf("mutant: what %s comes by: %w", name, err)
			}
			c[number] = append(c[number], name)
		}
	}
	return c, nil
}

func joined(names []string) string { return strings.Join(names, ",") }
