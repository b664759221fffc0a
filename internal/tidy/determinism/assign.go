package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

func (l *loop) assignCommutes(s *ast.AssignStmt) bool {
	if len(s.Lhs) != len(s.Rhs) { // v, ok := m[k] and the like
		return l.roundOnly(s) && l.pure(s.Rhs[0])
	}
	for i, lhs := range s.Lhs {
		if !l.oneCommutes(s, lhs, s.Rhs[i]) {
			return false
		}
	}
	return true
}

// deletes accepts the round's own key, and any key of another map: to delete a
// later round's key decides whether that round takes place.
func (l *loop) deletes(call *ast.CallExpr) bool {
	l.effects = true
	key, isIdent := call.Args[1].(*ast.Ident)
	mine, hasKey := l.stmt.Key.(*ast.Ident)
	own := isIdent && hasKey && l.object(key) == l.object(mine)
	return own || types.ExprString(call.Args[0]) != types.ExprString(l.stmt.X) && l.pure(call.Args[1])
}

func (l *loop) roundOnly(s *ast.AssignStmt) bool {
	return !slices.ContainsFunc(s.Lhs, func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return !ok || id.Name != "_" && !l.local(l.object(id))
	})
}

func (l *loop) oneCommutes(s *ast.AssignStmt, lhs, rhs ast.Expr) bool {
	if id, ok := lhs.(*ast.Ident); ok && (id.Name == "_" || l.local(l.object(id))) {
		return l.pure(rhs)
	}
	switch s.Tok {
	case token.ADD_ASSIGN, token.SUB_ASSIGN, token.MUL_ASSIGN, token.OR_ASSIGN, token.AND_ASSIGN, token.XOR_ASSIGN, token.AND_NOT_ASSIGN:
		l.effects = true
		return l.summable(lhs) && l.pure(rhs)
	case token.ASSIGN:
		return l.sameConstant(lhs, rhs) || l.bounds(lhs, rhs) || l.ownSlot(lhs, rhs) || l.collects(lhs, rhs)
	}
	return false
}

// summable accepts integers: their sums, products and bit operations do not
// depend on the order, unlike those of floats and strings.
func (l *loop) summable(e ast.Expr) bool {
	basic, ok := l.typeOf(e).(*types.Basic)
	return ok && basic.Info()&types.IsInteger != 0 && l.steadyPlace(e)
}

// steadyPlace tells whether e names the same variable whatever other rounds
// did: a variable, a field of one, or an element under a pure index.
func (l *loop) steadyPlace(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return l.steadyPlace(x.X)
	case *ast.StarExpr:
		return l.steadyPlace(x.X)
	case *ast.IndexExpr:
		return l.pure(x.Index) && l.steadyPlace(x.X)
	}
	return false
}

// sameConstant accepts x = c, if every assignment to x in the body says so.
func (l *loop) sameConstant(lhs, rhs ast.Expr) bool {
	id, ok := lhs.(*ast.Ident)
	value := l.pass.TypesInfo.Types[rhs].Value
	if !ok || value == nil {
		return false
	}
	same := true
	ast.Inspect(l.stmt.Body, func(n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, e := range s.Lhs {
			if other, ok := e.(*ast.Ident); ok && l.object(other) == l.object(id) {
				v := l.pass.TypesInfo.Types[s.Rhs[min(i, len(s.Rhs)-1)]].Value
				same = same && s.Tok == token.ASSIGN && v != nil && v.ExactString() == value.ExactString()
			}
		}
		return true
	})
	return same
}

// bounds accepts x = max(x, e) and x = min(x, e) over integers and strings,
// unless the body mentions x anywhere else.
func (l *loop) bounds(lhs, rhs ast.Expr) bool {
	l.effects = true
	call, ok := rhs.(*ast.CallExpr)
	id, isIdent := lhs.(*ast.Ident)
	if !ok || !isIdent || l.builtin(call) != "max" && l.builtin(call) != "min" {
		return false
	}
	others := slices.DeleteFunc(slices.Clone(call.Args), func(e ast.Expr) bool {
		arg, ok := e.(*ast.Ident)
		return ok && l.object(arg) == l.object(id)
	})
	return l.ordered(id) && len(others) == len(call.Args)-1 && !slices.ContainsFunc(others, func(e ast.Expr) bool { return !l.pure(e) }) &&
		l.mentions(l.stmt.Body, id) == 2
}

// ordered accepts integers and strings: of floats, NaN is neither less nor more.
func (l *loop) ordered(id *ast.Ident) bool {
	basic, ok := l.typeOf(id).(*types.Basic)
	return ok && basic.Info()&(types.IsInteger|types.IsString) != 0
}

func (l *loop) mentions(where ast.Node, id *ast.Ident) (n int) {
	ast.Inspect(where, func(node ast.Node) bool {
		if other, ok := node.(*ast.Ident); ok && l.object(other) == l.object(id) {
			n++
		}
		return true
	})
	return n
}

// seeksExtreme accepts if e > x { x = e }, the longhand of bounds.
func (l *loop) seeksExtreme(s *ast.IfStmt) bool {
	cond, ok := s.Cond.(*ast.BinaryExpr)
	if !ok || s.Else != nil || len(s.Body.List) != 1 || !slices.Contains([]token.Token{token.LSS, token.GTR, token.LEQ, token.GEQ}, cond.Op) {
		return false
	}
	assign, ok := s.Body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
		return false
	}
	x, e := types.ExprString(assign.Lhs[0]), types.ExprString(assign.Rhs[0])
	a, b := types.ExprString(cond.X), types.ExprString(cond.Y)
	id, ok := assign.Lhs[0].(*ast.Ident)
	l.effects = true
	return ok && s.Init == nil && l.ordered(id) && (a == x && b == e || a == e && b == x) &&
		l.pure(assign.Rhs[0]) && l.mentions(l.stmt.Body, id) == 2
}

// ownSlot accepts m[k] = e, where k is the key of the round: no two rounds meet.
func (l *loop) ownSlot(lhs, rhs ast.Expr) bool {
	l.effects = true
	index, ok := lhs.(*ast.IndexExpr)
	if !ok || l.nested > 0 || !l.pure(rhs) {
		return false
	}
	key, ok := index.Index.(*ast.Ident)
	mine, isIdent := l.stmt.Key.(*ast.Ident)
	return ok && isIdent && mine.Name != "_" && l.object(key) == l.object(mine) && l.steadyPlace(index.X)
}

// collects accepts keys = append(keys, e), if the next statement that mentions
// keys sorts it whole, by value or by an order that excuses itself.
func (l *loop) collects(lhs, rhs ast.Expr) bool {
	l.effects = true
	call, ok := rhs.(*ast.CallExpr)
	id, isIdent := lhs.(*ast.Ident)
	if !ok || !isIdent || l.builtin(call) != "append" || call.Ellipsis.IsValid() {
		return false
	}
	first, ok := call.Args[0].(*ast.Ident)
	if !ok || l.object(first) != l.object(id) || slices.ContainsFunc(call.Args[1:], func(e ast.Expr) bool { return !l.pure(e) }) {
		return false
	}
	return l.sortedNext(id)
}

func (l *loop) sortedNext(id *ast.Ident) bool {
	for _, s := range l.after {
		if l.mentions(s, id) == 0 {
			continue
		}
		expr, ok := s.(*ast.ExprStmt)
		if !ok {
			return false
		}
		call, ok := expr.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := l.callee(call)
		arg, ok := call.Args[0].(*ast.Ident)
		return ok && l.object(arg) == l.object(id) && (slices.Contains(total, name) || slices.Contains(unstable, name))
	}
	return false
}
