package determinism

import (
	"go/ast"
	"go/token"
	"slices"
)

// block tells whether rounds that run these statements commute. What is not
// known to is taken not to.
func (l *loop) block(list []ast.Stmt) bool {
	return !slices.ContainsFunc(list, func(s ast.Stmt) bool { return !l.statementCommutes(s) })
}

func (l *loop) statementCommutes(s ast.Stmt) bool {
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
		return true
	case *ast.BlockStmt:
		return l.block(s.List)
	case *ast.IfStmt:
		return l.seeksExtreme(s) || l.statementCommutes(s.Init) && l.pure(s.Cond) &&
			l.block(s.Body.List) && l.statementCommutes(s.Else)
	case *ast.RangeStmt:
		l.nested++
		defer func() { l.nested-- }()
		return l.pure(s.X) && l.block(s.Body.List)
	case *ast.DeclStmt:
		return l.declares(s)
	case *ast.IncDecStmt:
		l.effects = true
		return l.summable(s.X)
	case *ast.AssignStmt:
		return l.assignCommutes(s)
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && l.builtin(call) == "delete" && l.deletes(call)
	case *ast.BranchStmt:
		return s.Label == nil && (s.Tok == token.CONTINUE || s.Tok == token.BREAK && (l.nested > 0 || l.leaves("break")))
	case *ast.ReturnStmt:
		return l.returnsConstants(s)
	}
	return false
}

// declares accepts variables of the round itself.
func (l *loop) declares(s *ast.DeclStmt) bool {
	decl, ok := s.Decl.(*ast.GenDecl)
	if !ok {
		return false
	}
	for _, spec := range decl.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok && slices.ContainsFunc(v.Values, func(e ast.Expr) bool { return !l.pure(e) }) {
			return false
		}
	}
	return true
}

// leaves notes an early end. Whichever round comes first ends the loop, so all
// ends must be alike, and insensitive wants no other effect beside them.
func (l *loop) leaves(how string) bool {
	alike := !l.exits || l.exit == how
	l.exits, l.exit = true, how
	return alike
}

func (l *loop) returnsConstants(s *ast.ReturnStmt) bool {
	how := "return"
	for _, e := range s.Results {
		tv := l.pass.TypesInfo.Types[e]
		switch {
		case tv.Value != nil:
			how += " " + tv.Value.ExactString()
		case tv.IsNil():
			how += " nil"
		default:
			return false
		}
	}
	return l.leaves(how)
}
