package tidy

import (
	"fmt"
	"go/ast"
	"slices"
)

const (
	fileLimit = 400 // the aim is 150
	funcLimit = 70  // the aim is 10
)

// LongFiles and LongFuncs are the exceptions, each with the reason why cutting
// it would make it harder to read. Keys: "dir/file.go", "dir.Func", "dir.T.Func".
var (
	LongFiles = map[string]string{}
	LongFuncs = map[string]string{}
)

// Sizes returns files and functions over the limits, and exceptions that
// nothing needs any more.
func Sizes(t *Tree, files, funcs map[string]string) (found []Finding) {
	used := map[string]bool{}
	for _, f := range t.Files {
		if f.Test || f.Generated {
			continue
		}
		if n := f.Lines(); n > fileLimit {
			used[f.Name] = true
			if files[f.Name] == "" {
				found = append(found, Finding{f.Name, fmt.Sprintf("%d lines, the limit is %d", n, fileLimit),
					"split it by the paper's sections or by its ideas, not by length; or list it with a reason in internal/tidy/sizes.go"})
			}
		}
		for _, fn := range functions(f) {
			name := f.Dir() + "." + funcName(fn)
			if n := t.funcLines(fn); n > funcLimit {
				used[name] = true
				if funcs[name] == "" {
					found = append(found, Finding{t.where(fn.Pos()), fmt.Sprintf("%s has %d lines, the limit is %d", name, n, funcLimit),
						"name its steps and make them functions; or list it with a reason in internal/tidy/sizes.go"})
				}
			}
		}
	}
	return append(found, unused("internal/tidy/sizes.go", used, files, funcs)...)
}

// unused returns the exceptions that no longer except anything.
func unused(where string, used map[string]bool, exceptions ...map[string]string) (found []Finding) {
	for _, list := range exceptions {
		for name := range list {
			if !used[name] {
				found = append(found, Finding{where, "the exception for " + name + " is not needed", "delete it"})
			}
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return slices.Compare([]byte(a.What), []byte(b.What)) })
	return found
}

// Medians returns the median lines of non-test files and functions.
func Medians(t *Tree) (file, function int) {
	var files, funcs []int
	for _, f := range t.Files {
		if f.Test || f.Generated {
			continue
		}
		files = append(files, f.Lines())
		for _, fn := range functions(f) {
			funcs = append(funcs, t.funcLines(fn))
		}
	}
	return median(files), median(funcs)
}

func median(n []int) int {
	if len(n) == 0 {
		return 0
	}
	slices.Sort(n)
	return n[len(n)/2]
}

func functions(f *File) (all []*ast.FuncDecl) {
	for _, d := range f.AST.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			all = append(all, fn)
		}
	}
	return all
}

func (t *Tree) funcLines(fn *ast.FuncDecl) int {
	return t.Fset.Position(fn.End()).Line - t.Fset.Position(fn.Pos()).Line + 1
}

func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	return receiver(fn) + "." + fn.Name.Name
}
