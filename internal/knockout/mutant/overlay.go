package mutant

import (
	"context"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Variable is the environment variable that holds the number of the rule to
// take out; unset or 0 for none.
const Variable = "PARLEY_RULE_OUT"

// Reach is the environment variable that names a file, to which a process adds
// the numbers of the switches that it comes by, each once.
const Reach = "PARLEY_RULE_REACH"

// switchFile is added to every package that has rules.
const switchFile = `package %s

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

var (
	parleyRule, _ = strconv.Atoi(os.Getenv(%q))
	parleyReach   = os.Getenv(%q)
	parleyReached sync.Map
)

func %s(rule int) bool {
	if parleyReach != "" {
		if _, known := parleyReached.LoadOrStore(rule, true); !known {
			if f, err := os.OpenFile(parleyReach, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
				fmt.Fprintln(f, rule)
				f.Close()
			}
		}
	}
	return rule == parleyRule
}
`

// Build is a program to be built with switches in it.
type Build struct {
	// Root is the module's directory, Program a package of it such as
	// "./internal/knockout/trial", Output the file to be written. What is up to
	// date there stays.
	Root, Program, Output string
	// Dir keeps working files.
	Dir string
	// Env is for the build besides this process's environment, such as GOOS.
	Env []string
	// Progress, if not nil, is called with each package that is compiled.
	Progress func(pkg string)
}

// Run instruments all rules and builds the program.
func (b Build) Run(ctx context.Context, rules []*Rule) error {
	replace, err := overlay(b.Root, b.Dir, rules)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	file := filepath.Join(b.Dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-v", "-gcflags=-e", "-overlay", file, "-o", b.Output, b.Program)
	build.Dir, build.Env = b.Root, append(os.Environ(), b.Env...)
	said := &packages{progress: b.Progress}
	build.Stdout, build.Stderr = said, said
	if err := build.Run(); err != nil {
		return &BuildError{Program: b.Program, Text: said.rest.String(), Cause: err}
	}
	return nil
}

// packages takes what go build -v says: a line for each package, and errors.
type packages struct {
	progress func(pkg string)
	line     []byte
	rest     strings.Builder
}

// Write takes part of it. A line that is not the name of a package is an error's.
func (p *packages) Write(text []byte) (int, error) {
	for _, c := range text {
		if p.line = append(p.line, c); c != '\n' {
			continue
		}
		switch name := strings.TrimSuffix(string(p.line), "\n"); {
		case strings.ContainsAny(name, " \t:"):
			p.rest.Write(p.line)
		case p.progress != nil:
			p.progress(name)
		}
		p.line = p.line[:0]
	}
	return len(text), nil
}

// overlay writes the instrumented files and returns what they stand for.
func overlay(root, dir string, rules []*Rule) (map[string]string, error) {
	byFile := map[string][]*Rule{}
	for _, r := range rules {
		byFile[r.File] = append(byFile[r.File], r)
	}
	replace := map[string]string{}
	for name, inFile := range byFile {
		path := filepath.Join(root, filepath.FromSlash(name))
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		instrumented, err := Instrument(path, source, inFile)
		if err != nil {
			return nil, fmt.Errorf("mutant: %w", err)
		}
		copied := filepath.Join(dir, flat(name))
		if err := os.WriteFile(copied, instrumented, 0o644); err != nil {
			return nil, err
		}
		replace[path] = copied
		if err := addSwitch(dir, path, source, replace); err != nil {
			return nil, err
		}
	}
	return replace, nil
}

func addSwitch(dir, path string, source []byte, replace map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.PackageClauseOnly)
	if err != nil {
		return err
	}
	target := filepath.Join(filepath.Dir(path), "zz_parley_rules.go")
	if _, done := replace[target]; done {
		return nil
	}
	copied := filepath.Join(dir, "switch_"+flat(filepath.ToSlash(filepath.Dir(path)))+".go")
	replace[target] = copied
	return os.WriteFile(copied, fmt.Appendf(nil, switchFile, file.Name.Name, Variable, Reach, switchName), 0o644)
}
