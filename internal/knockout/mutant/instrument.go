package mutant

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
)

// switchName is the function that tells, in an instrumented package, whether a
// rule is out.
const switchName = "parleyRuleIsOut"

// Instrument returns a file's source with a switch for each of its rules. Only
// text within lines changes (I3).
func Instrument(name string, source []byte, rules []*Rule) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	e := &editor{files: files, source: source}
	for _, r := range rules {
		if r.mutate != nil {
			r.mutate(e, file, fmt.Sprintf("%s(%d)", switchName, r.Number))
			continue
		}
		statement := statementAt(files, file, r.Line)
		if statement == nil {
			return nil, fmt.Errorf("%s: there is no statement below the directive", r)
		}
		if err := e.takeOut(r, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", r, err)
		}
	}
	out := e.apply()
	if _, err := format.Source(out); err != nil {
		return nil, fmt.Errorf("%s: instrumented source does not parse: %w", name, err)
	}
	return out, nil
}

// statementAt returns the outermost statement that begins on a line.
func statementAt(files *token.FileSet, file *ast.File, line int) (found ast.Stmt) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(ast.Stmt); ok && found == nil && files.Position(s.Pos()).Line == line {
			found = s
		}
		return found == nil
	})
	return found
}

// editor collects insertions into a source. What is opened at one place nests
// in the order of the calls: what was opened last is closed first.
type editor struct {
	files  *token.FileSet
	source []byte
	edits  []edit
}

type edit struct {
	at    int
	close bool
	text  string
}

func (e *editor) open(at token.Pos, text string) {
	e.edits = append(e.edits, edit{e.files.Position(at).Offset, false, text})
}

func (e *editor) close(at token.Pos, text string) {
	e.edits = append(e.edits, edit{e.files.Position(at).Offset, true, text})
}

// apply puts all insertions in. At one offset, what ends there comes first.
func (e *editor) apply() []byte {
	var closing, opening []edit
	for _, ed := range e.edits {
		if ed.close {
			closing = append(closing, ed)
		} else {
			opening = append(opening, ed)
		}
	}
	slices.Reverse(closing)
	edits := append(closing, opening...)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.at - b.at })
	var out []byte
	from := 0
	for _, ed := range edits {
		out = append(out, e.source[from:ed.at]...)
		out = append(out, ed.text...)
		from = ed.at
	}
	return append(out, e.source[from:]...)
}

// text returns the source of a node.
func (e *editor) text(n ast.Node) string {
	return string(e.source[e.files.Position(n.Pos()).Offset:e.files.Position(n.End()).Offset])
}

func (e *editor) takeOut(r *Rule, statement ast.Stmt) error {
	out := fmt.Sprintf("%s(%d)", switchName, r.Number)
	switch s := statement.(type) {
	case *ast.IfStmt:
		if r.Action != Drop {
			return e.condition(r, s.Cond, out)
		}
	case *ast.ForStmt:
		if r.Action != Drop && s.Cond != nil {
			return e.condition(r, lastPart(r, s.Cond), out)
		}
	case *ast.AssignStmt:
		if r.Action == Value && len(s.Lhs) == 1 {
			e.close(s.End(), fmt.Sprintf("; if %s { %s = %s }", out, e.text(s.Lhs[0]), r.Expr))
			return nil
		}
		if s.Tok == token.DEFINE {
			return fmt.Errorf("a statement that declares variables cannot be dropped or forced")
		}
	case *ast.ReturnStmt:
		if r.Action == Value && len(s.Results) == 1 {
			e.open(s.Pos(), fmt.Sprintf("if %s { return %s }; ", out, r.Expr))
			return nil
		}
	}
	if r.Action != Drop {
		return fmt.Errorf("only a condition can be forced, and only an assignment or a return have another value")
	}
	e.drop(statement, out)
	return nil
}

func (e *editor) drop(statement ast.Stmt, out string) {
	e.open(statement.Pos(), fmt.Sprintf("if !%s { ", out))
	e.close(statement.End(), " }")
}

// lastPart returns what to replace in the condition of a for: with Value the
// last part of a conjunction, whose others keep the loop within bounds.
func lastPart(r *Rule, cond ast.Expr) ast.Expr {
	if and, ok := cond.(*ast.BinaryExpr); ok && and.Op == token.LAND && r.Action == Value {
		return and.Y
	}
	return cond
}

func (e *editor) condition(r *Rule, cond ast.Expr, out string) error {
	before, after := "", "))"
	switch r.Action {
	case ForceFalse:
		before = fmt.Sprintf("(!%s && (", out)
	case ForceTrue:
		before = fmt.Sprintf("(%s || (", out)
	default:
		before = fmt.Sprintf("(%s && (%s) || !%s && (", out, r.Expr, out)
	}
	e.open(cond.Pos(), before)
	e.close(cond.End(), after)
	return nil
}
