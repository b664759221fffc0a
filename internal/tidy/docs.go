package tidy

import (
	"fmt"
	"go/ast"
	"slices"
	"sort"
	"strings"
)

// substance is the length in characters below which a package comment cannot
// say what the package is, what it promises and what it does not.
const substance = 140

// selfEvident are methods whose contract the language or the standard library
// states already.
var selfEvident = []string{"String", "Error", "Unwrap", "Len", "Less", "Swap", "Push", "Pop", "Is"}

// PackageDocs returns packages without a comment worth reading.
func PackageDocs(t *Tree) (found []Finding) {
	packages := t.Packages()
	dirs := make([]string, 0, len(packages))
	for dir := range packages {
		dirs = append(dirs, dir)
	}
	sort.Strings(dirs)
	for _, dir := range dirs {
		doc := ""
		for _, f := range packages[dir] {
			if text := f.AST.Doc.Text(); len(text) > len(doc) {
				doc = text
			}
		}
		name := packages[dir][0].AST.Name.Name
		switch start := "Package " + name; {
		case doc == "":
			found = append(found, Finding{dir, "the package has no comment",
				"teach it in doc.go: what it is, its invariants, what it does not do"})
		case name != "main" && !strings.HasPrefix(doc, start):
			found = append(found, Finding{dir, fmt.Sprintf("the package comment does not begin with %q", start),
				"begin it so: go doc lists packages by that sentence"})
		case len(doc) < substance:
			found = append(found, Finding{dir, fmt.Sprintf("the package comment has %d characters", len(doc)),
				"say what a reader needs before the code: purpose, layout, invariants, departures"})
		}
	}
	return found
}

// ExportedDocs returns undocumented exported names of the contract and the
// kernel, which people outside the project write against.
func ExportedDocs(t *Tree) (found []Finding) {
	for _, f := range t.Files {
		public := strings.HasPrefix(f.Name, "node/") || strings.HasPrefix(f.Name, "kernel/")
		if f.Test || f.Generated || !public {
			continue
		}
		for _, decl := range f.AST.Decls {
			for _, id := range undocumented(decl) {
				found = append(found, Finding{t.where(id.Pos()), id.Name + " is exported and has no comment",
					"state its contract: shapes, units, errors, who may call it; or unexport it"})
			}
		}
	}
	return found
}

func undocumented(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && !isSelfEvident(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		return undocumentedSpecs(d)
	}
	return nil
}

// undocumentedSpecs lets one comment stand for a whole group.
func undocumentedSpecs(d *ast.GenDecl) (ids []*ast.Ident) {
	if d.Doc != nil {
		return nil
	}
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
				ids = append(ids, s.Name)
			}
		case *ast.ValueSpec:
			for _, id := range s.Names {
				if s.Doc == nil && s.Comment == nil && id.IsExported() {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

func isSelfEvident(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains(selfEvident, d.Name.Name)
}

// exportedReceiver tells whether godoc would show the function at all.
func exportedReceiver(d *ast.FuncDecl) bool {
	return d.Recv == nil || ast.IsExported(receiver(d))
}

// receiver returns the name of a method's type, without pointer and type
// parameters.
func receiver(d *ast.FuncDecl) string {
	for t := d.Recv.List[0].Type; ; {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
