package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/internal/knockout/mutant"
	"github.com/parleysystems/parley/lab/console"
)

// writeExport compiles the simulator and writes the pages around it.
func (f *exploreFlags) writeExport(cmd *cobra.Command) error {
	root, err := sources()
	if err != nil {
		return fmt.Errorf("explore --export compiles the simulator: %w", err)
	}
	p, err := compile(cmd.Context(), root)
	if err != nil {
		return fmt.Errorf("explore --export: %w", err)
	}
	if err := console.Export(f.export, console.Config{Sources: sourceTree()}, p); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; serve it with any file server, such as python3 -m http.server -d %s\n", f.export, f.export)
	return nil
}

// compile builds the simulator for the page, with a switch for each rule.
func compile(ctx context.Context, root string) (p console.Program, err error) {
	dir, err := os.MkdirTemp("", "parley-export-")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(dir)
	rules, err := mutant.Find(root)
	if err != nil {
		return p, err
	}
	output := filepath.Join(dir, "engine.wasm")
	rules, err = mutant.Build{
		Root: root, Program: playerProgram, Output: output, Env: []string{"GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0"},
	}.Kept(ctx, rules)
	if err != nil {
		return p, err
	}
	if p.WASM, err = os.ReadFile(output); err != nil {
		return p, err
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return p, fmt.Errorf("go env GOROOT: %w", err)
	}
	p.Exec, err = os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"))
	p.Rules = map[string]int{}
	for _, r := range rules {
		for _, id := range r.IDs {
			p.Rules[id] = ruleOf(rules, id).Number
		}
	}
	return p, err
}

// sourceTree returns the checkout, for showing lines of it; nil if there is none.
func sourceTree() fs.FS {
	root, err := checkout()
	if err != nil {
		return nil
	}
	return os.DirFS(root)
}
