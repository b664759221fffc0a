package tidy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// module is the path in go.mod.
const module = "github.com/parleysystems/parley"

// Tree is the source of the module as the rules see it.
type Tree struct {
	Fset  *token.FileSet
	Files []*File           // Go files, sorted by name
	Texts map[string][]byte // every other text file, by name
}

// File is one Go file.
type File struct {
	Name      string // "kernel/sim/link.go"
	Text      []byte
	AST       *ast.File
	Test      bool // its name ends in _test.go
	Generated bool // it says "Code generated ... DO NOT EDIT."
}

// Dir returns the file's package directory.
func (f *File) Dir() string { return path.Dir(f.Name) }

// Lines returns the number of lines.
func (f *File) Lines() int { return bytes.Count(f.Text, []byte("\n")) }

// Finding is a broken rule, and what to do about it.
type Finding struct {
	Where string // file:line, or a package, or a file
	What  string
	Do    string
}

func (f Finding) String() string { return fmt.Sprintf("%s: %s\n\t%s", f.Where, f.What, f.Do) }

// skipped are directories that hold no source of this module: other modules,
// fixtures that break rules on purpose, and what builds leave behind.
func skipped(name string) bool {
	base := path.Base(name)
	return base == ".git" || base == ".cache" || base == "testdata" && strings.HasPrefix(name, "internal/tidy/") ||
		name == "parley-data" || name == "tools/bin" || name == "bench" || name == "examples"
}

// Load reads a tree.
func Load(root fs.FS) (*Tree, error) {
	t := &Tree{Fset: token.NewFileSet(), Texts: map[string][]byte{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(name):
			return fs.SkipDir
		case !d.Type().IsRegular() || name == ".git": // a file in a linked work tree
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return t.add(name, text)
	})
	slices.SortFunc(t.Files, func(a, b *File) int { return strings.Compare(a.Name, b.Name) })
	return t, err
}

func (t *Tree) add(name string, text []byte) error {
	if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
		return nil // binary
	}
	if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") {
		t.Texts[name] = text
		return nil
	}
	parsed, err := parser.ParseFile(t.Fset, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, &File{
		Name: name, Text: text, AST: parsed,
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(parsed),
	})
	return nil
}

// Packages returns the files of every package directory, without tests.
func (t *Tree) Packages() map[string][]*File {
	packages := map[string][]*File{}
	for _, f := range t.Files {
		if !f.Test {
			packages[f.Dir()] = append(packages[f.Dir()], f)
		}
	}
	return packages
}

func (t *Tree) where(pos token.Pos) string {
	p := t.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// below returns the line after the one of pos.
func (t *Tree) below(pos token.Pos) string {
	p := t.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line+1)
}
