package console

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/parleysystems/parley/internal/look"
)

// Program is the simulator for the page.
type Program struct {
	WASM []byte // the engine, compiled for js/wasm
	Exec []byte // wasm_exec.js of the Go that compiled it
	// Rules has the switch of each item's rule, if the engine was built with
	// switches.
	Rules map[string]int
}

// Export writes the console to a directory, for any file server: pages,
// libraries, the ledger and the simulator.
func Export(dir string, c Config, p Program) error {
	files := map[string][]byte{
		"index.html":               []byte(front),
		"experiments/engine.wasm":  p.WASM,
		"experiments/wasm_exec.js": p.Exec,
	}
	for _, page := range c.pages() {
		files[page.Here.Path+"index.html"] = page.HTML()
	}
	chapters, err := ledger(c.Sources)
	if err != nil {
		return err
	}
	for name, v := range map[string]any{
		"canon/ledger.json":     chapters,
		"experiments/mode.json": mode{Simulator: "page", Without: len(p.Rules) > 0, Rules: p.Rules, Marked: slices.Sorted(maps.Keys(p.Rules))},
	} {
		if files[name], err = json.Marshal(v); err != nil {
			return err
		}
	}
	for prefix, from := range map[string]fs.FS{"look/": look.Files(), "experiments/static/": must(fs.Sub(static, "static"))} {
		if err := copied(files, prefix, from); err != nil {
			return err
		}
	}
	return write(dir, files)
}

// front leads to the first page.
const front = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley</title>` +
	`<meta http-equiv="refresh" content="0; url=experiments/"><a href="experiments/">Experiments</a></html>
`

func copied(files map[string][]byte, prefix string, from fs.FS) error {
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[prefix+name], err = fs.ReadFile(from, name)
		return err
	})
}

func write(dir string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("console: export: %w", err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("console: export: %w", err)
		}
	}
	return nil
}
