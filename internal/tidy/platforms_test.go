package tidy_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// What compiles here compiles for macOS: the files that count there are checked for
// types, ours whole, those of others as far as we see of them. No machine code is
// made, which would be most of the work.
func TestTheModuleBuildsForMacOS(t *testing.T) {
	const system, processor = "darwin", "arm64"
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
		Dir:  root, Env: append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0"),
	}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{files: token.NewFileSet(), sizes: types.SizesFor("gc", processor), typed: map[*packages.Package]*types.Package{}}
	ours := 0
	for _, pkg := range loaded {
		for _, e := range pkg.Errors {
			t.Errorf("%s: %v", pkg.PkgPath, e)
		}
		if p.of(pkg); own(pkg) {
			ours++
		}
	}
	if ours < 100 {
		t.Errorf("%d packages of the module were looked at: this test would pass whatever they say", ours)
	}
	for _, e := range p.errors {
		t.Errorf("for %s/%s: %v", system, processor, e)
	}
}

// platform checks packages for types as one system and processor see them.
type platform struct {
	files  *token.FileSet
	sizes  types.Sizes
	typed  map[*packages.Package]*types.Package
	errors []error // of packages of this module
}

func own(pkg *packages.Package) bool { return pkg.Module != nil && pkg.Module.Main }

// of checks what a package imports, then itself.
func (p *platform) of(pkg *packages.Package) *types.Package {
	if pkg.PkgPath == "unsafe" {
		return types.Unsafe
	}
	if done := p.typed[pkg]; done != nil {
		return done
	}
	config := types.Config{
		Importer: imports(func(path string) (*types.Package, error) {
			if found := pkg.Imports[path]; found != nil {
				return p.of(found), nil
			}
			return nil, fmt.Errorf("no package %s", path)
		}),
		Sizes: p.sizes, IgnoreFuncBodies: !own(pkg),
		Error: func(err error) {
			if own(pkg) {
				p.errors = append(p.errors, err)
			}
		},
	}
	if pkg.Module != nil && pkg.Module.GoVersion != "" {
		config.GoVersion = "go" + pkg.Module.GoVersion
	}
	made, _ := config.Check(pkg.PkgPath, p.files, p.parse(pkg), nil) // what is wrong went to Error
	p.typed[pkg] = made
	return made
}

func (p *platform) parse(pkg *packages.Package) (parsed []*ast.File) {
	for _, name := range pkg.GoFiles {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		file, err := parser.ParseFile(p.files, name, nil, parser.SkipObjectResolution)
		if err != nil && own(pkg) {
			p.errors = append(p.errors, err)
		}
		if file != nil {
			parsed = append(parsed, file)
		}
	}
	return parsed
}

// imports is a types.Importer.
type imports func(path string) (*types.Package, error)

// Import implements types.Importer.
func (f imports) Import(path string) (*types.Package, error) { return f(path) }
