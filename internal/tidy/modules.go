package tidy

import (
	"bytes"
	"strings"
)

// Modules returns the direct dependencies of go.mod that ARCHITECTURE.md does
// not justify: each needs a line of its own that names it and says why.
func Modules(t *Tree) (found []Finding) {
	for _, dependency := range direct(t.Texts["go.mod"]) {
		if !justified(t.Texts["ARCHITECTURE.md"], dependency) {
			found = append(found, Finding{"go.mod", dependency + " is not justified in ARCHITECTURE.md",
				"add one line there: `" + dependency + "`, and what it does for us that we should not do ourselves; or drop it"})
		}
	}
	return found
}

func direct(gomod []byte) (paths []string) {
	in := false
	for line := range strings.Lines(string(gomod)) {
		line = strings.TrimSpace(line)
		single := strings.HasPrefix(line, "require ") && line != "require ("
		switch fields := strings.Fields(strings.TrimPrefix(line, "require ")); {
		case line == "require (":
			in = true
		case line == ")":
			in = false
		case (in || single) && len(fields) >= 2 && !strings.HasSuffix(line, "// indirect"):
			paths = append(paths, fields[0])
		}
	}
	return paths
}

// justified wants more on the line than the module's name.
func justified(text []byte, dependency string) bool {
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("`"+dependency+"`")) && len(bytes.TrimSpace(line)) > len(dependency)+20 {
			return true
		}
	}
	return false
}
