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

// Build instruments all rules and builds a program of the module at root, such
// as "./internal/knockout/trial", as the file output. It keeps its working
// files in dir. env is for the build besides this process's environment, such
// as GOOS.
func Build(ctx context.Context, root, dir string, rules []*Rule, program, output string, env ...string) error {
	replace, err := overlay(root, dir, rules)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-gcflags=-e", "-overlay", file, "-o", output, program)
	build.Dir, build.Env = root, append(os.Environ(), env...)
	if text, err := build.CombinedOutput(); err != nil {
		return &BuildError{Program: program, Text: string(text), Cause: err}
	}
	return nil
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
	copied := filepath.Join(dir, fmt.Sprintf("switch%d.go", len(replace)))
	replace[target] = copied
	return os.WriteFile(copied, fmt.Appendf(nil, switchFile, file.Name.Name, Variable, Reach, switchName), 0o644)
}
