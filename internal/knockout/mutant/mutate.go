package mutant

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Mutants returns the changes that can be made to a package without knowing
// what its rules are: conditions negated, comparisons off by one, statements
// left out. dir is relative to the module's root. Numbers are in the order of
// files and places.
func Mutants(root, dir string) ([]*Rule, error) {
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
	if err != nil {
		return nil, fmt.Errorf("mutant: %w", err)
	}
	var all []*Rule
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("mutant: %w", err)
		}
		found, err := mutantsOf(name, source)
		if err != nil {
			return nil, fmt.Errorf("mutant: %w", err)
		}
		all = append(all, found...)
	}
	for i, m := range all {
		m.Number = i + 1
	}
	return all, nil
}

// mutantsOf walks a file, outer nodes first, as nesting in editor demands. A
// mutant refers to its node by the number of the walk, since the file is parsed
// again to be instrumented.
func mutantsOf(name string, source []byte) ([]*Rule, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, 0)
	if err != nil {
		return nil, err
	}
	e := &editor{files: files, source: source}
	var found []*Rule
	walk(file, func(nth int, n ast.Node) {
		change := e.change(n)
		if change == "" {
			return
		}
		found = append(found, &Rule{
			File: name, Line: files.Position(n.Pos()).Line, Change: change,
			last: files.Position(n.End()).Line,
			mutate: func(e *editor, file *ast.File, out string) {
				walk(file, func(at int, n ast.Node) {
					if at == nth {
						e.alter(n, out)
					}
				})
			},
		})
	})
	return found, nil
}

// walk visits the nodes within functions that can be mutated: statements of
// blocks, conditions, comparisons.
func walk(file *ast.File, visit func(nth int, n ast.Node)) {
	nth := 0
	see := func(n ast.Node) { nth++; visit(nth, n) }
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				each(n.List, see)
			case *ast.CaseClause:
				each(n.Body, see)
			case *ast.BinaryExpr:
				see(n)
			}
			return true
		})
	}
}

// each sees statements, and the conditions of those that have one. Blocks are
// seen before what is in them, so that drops nest.
func each(list []ast.Stmt, see func(ast.Node)) {
	for _, s := range list {
		see(s)
	}
}

// change says what a mutant of a node does, or "" if there is none.
func (e *editor) change(n ast.Node) string {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if to, ok := swapped[n.Op]; ok && !strings.Contains(e.text(n), "\n") {
			return fmt.Sprintf("%s becomes %s in %s", n.Op, to, oneLine(e.text(n)))
		}
	case *ast.IfStmt:
		return "negate if " + oneLine(e.text(n.Cond))
	case *ast.ExprStmt, *ast.IncDecStmt:
		if !isPanic(n) && !isNote(n) {
			return "drop " + oneLine(e.text(n))
		}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return "drop " + oneLine(e.text(n))
		}
	}
	return ""
}

// alter makes the change behind a switch.
func (e *editor) alter(n ast.Node, out string) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		e.open(n.Pos(), "((")
		e.close(n.End(), ")"+e.swap(n, out)+")")
	case *ast.IfStmt:
		e.open(n.Cond.Pos(), "("+out+" != (")
		e.close(n.Cond.End(), "))")
	case ast.Stmt:
		e.drop(n, out)
	}
}

// swapped are the comparisons and what off by one, or the opposite, makes of
// them.
var swapped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
}

// swap returns what, put behind a comparison, changes it. The two sides are
// evaluated again, and only with the switch thrown.
func (e *editor) swap(n *ast.BinaryExpr, out string) string {
	x, y := e.text(n.X), e.text(n.Y)
	switch n.Op {
	case token.LSS, token.GTR:
		return fmt.Sprintf(" || %s && (%s) == (%s)", out, x, y)
	case token.LEQ, token.GEQ:
		return fmt.Sprintf(" && !(%s && (%s) == (%s))", out, x, y)
	case token.LAND:
		return fmt.Sprintf(" || %s && ((%s) || (%s))", out, x, y)
	case token.LOR:
		return fmt.Sprintf(" && !(%s && !((%s) && (%s)))", out, x, y)
	}
	return " != " + out
}

func isPanic(n ast.Node) bool {
	name, ok := called(n).(*ast.Ident)
	return ok && name.Name == "panic"
}

// isNote tells whether a statement only says something into the trace.
func isNote(n ast.Node) bool {
	method, ok := called(n).(*ast.SelectorExpr)
	return ok && method.Sel.Name == "Note"
}

// called returns the function that a statement calls, nil if it is no call.
func called(n ast.Node) ast.Expr {
	if s, ok := n.(*ast.ExprStmt); ok {
		if call, ok := s.X.(*ast.CallExpr); ok {
			return call.Fun
		}
	}
	return nil
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}
