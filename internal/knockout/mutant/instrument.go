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

// editor collects insertions into a source.
type editor struct {
	files  *token.FileSet
	source []byte
	edits  []edit
}

type edit struct {
	at   int
	text string
}

func (e *editor) insert(at token.Pos, text string) {
	e.edits = append(e.edits, edit{e.files.Position(at).Offset, text})
}

func (e *editor) apply() []byte {
	slices.SortStableFunc(e.edits, func(a, b edit) int { return a.at - b.at })
	var out []byte
	from := 0
	for _, ed := range e.edits {
		out = append(out, e.source[from:ed.at]...)
		out = append(out, ed.text...)
		from = ed.at
	}
	return append(out, e.source[from:]...)
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
			target := string(e.source[e.files.Position(s.Lhs[0].Pos()).Offset:e.files.Position(s.Lhs[0].End()).Offset])
			e.insert(s.End(), fmt.Sprintf("; if %s { %s = %s }", out, target, r.Expr))
			return nil
		}
		if s.Tok == token.DEFINE {
			return fmt.Errorf("a statement that declares variables cannot be dropped or forced")
		}
	case *ast.ReturnStmt:
		if r.Action == Value && len(s.Results) == 1 {
			e.insert(s.Pos(), fmt.Sprintf("if %s { return %s }; ", out, r.Expr))
			return nil
		}
	}
	if r.Action != Drop {
		return fmt.Errorf("only a condition can be forced, and only an assignment or a return have another value")
	}
	e.insert(statement.Pos(), fmt.Sprintf("if !%s { ", out))
	e.insert(statement.End(), " }")
	return nil
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
	e.insert(cond.Pos(), before)
	e.insert(cond.End(), after)
	return nil
}
