package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// checkRange reports a range over a channel, and one over a map whose order
// may show.
func (c *checker) checkRange(r *ast.RangeStmt) {
	switch c.typeOf(r.X).(type) {
	case *types.Chan:
		c.pass.Reportf(r.Pos(), "a protocol has no channel: use node.Future, or a slice")
		return
	case *types.Map:
	default:
		if call, ok := ast.Unparen(r.X).(*ast.CallExpr); !ok || !c.iteratesMap(call) {
			return
		}
	}
	if r.Key == nil || blank(r.Key) && (r.Value == nil || blank(r.Value)) {
		return // the body cannot tell the rounds apart
	}
	loop := c.newLoop(r)
	if loop.insensitive() || c.excused(r.Pos(), unordered) {
		return
	}
	c.pass.Reportf(r.Pos(), "the order of a map shows: range over its sorted keys, or say above the line why the order is harmless (%s REASON)", unordered)
}

func (c *checker) iteratesMap(call *ast.CallExpr) bool {
	name := c.callee(call)
	return name == "maps.Keys" || name == "maps.Values" || name == "maps.All"
}

func (c *checker) typeOf(e ast.Expr) types.Type {
	t := c.pass.TypesInfo.TypeOf(e)
	if t == nil {
		return nil
	}
	if p, ok := t.(*types.TypeParam); ok {
		return onlyTerm(p)
	}
	return t.Underlying()
}

// onlyTerm returns what all type arguments have under them, as in ~map[K]V.
func onlyTerm(p *types.TypeParam) types.Type {
	constraint := p.Constraint().Underlying().(*types.Interface)
	if constraint.NumEmbeddeds() != 1 {
		return constraint
	}
	union, ok := constraint.EmbeddedType(0).(*types.Union)
	if !ok || union.Len() != 1 {
		return constraint
	}
	return union.Term(0).Type().Underlying()
}

func blank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// loop is a range over a map, with what decides whether its order can show.
//
// The rounds must commute. Each statement therefore either changes nothing
// outside the round, or changes it in a way that commutes with itself, and no
// expression reads what another round changes.
type loop struct {
	*checker
	stmt    *ast.RangeStmt
	after   []ast.Stmt            // what follows the loop in its block
	changed map[types.Object]bool // variables of outside that rounds change
	effects bool                  // something but constants was assigned
	exit    string                // how rounds leave the loop early, as text
	exits   bool
	nested  int // depth of loops within the body
}

func (c *checker) newLoop(r *ast.RangeStmt) *loop {
	l := &loop{checker: c, stmt: r, changed: map[types.Object]bool{}}
	for i := len(c.stack) - 2; i >= 0; i-- {
		switch block := c.stack[i].(type) {
		case *ast.BlockStmt:
			l.after = following(block.List, r)
			return l
		case *ast.CaseClause:
			l.after = following(block.Body, r)
			return l
		}
	}
	return l
}

func following(list []ast.Stmt, r *ast.RangeStmt) []ast.Stmt {
	for i, s := range list {
		if s == ast.Stmt(r) {
			return list[i+1:]
		}
	}
	return nil
}

func (l *loop) insensitive() bool {
	l.collectChanged()
	return l.block(l.stmt.Body.List) && !(l.exits && l.effects)
}

// collectChanged notes every variable of outside that the body assigns to,
// whole or in part.
func (l *loop) collectChanged() {
	note := func(e ast.Expr) {
		if obj := l.object(l.root(e)); obj != nil && !l.local(obj) {
			l.changed[obj] = true
		}
	}
	ast.Inspect(l.stmt.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				note(e)
			}
		case *ast.IncDecStmt:
			note(n.X)
		case *ast.CallExpr:
			if l.builtin(n) == "delete" {
				note(n.Args[0])
			}
		}
		return true
	})
}

// object returns what an identifier declares or refers to.
func (l *loop) object(id *ast.Ident) types.Object {
	if id == nil {
		return nil
	}
	return l.pass.TypesInfo.ObjectOf(id)
}

// local tells whether a variable belongs to one round.
func (l *loop) local(obj types.Object) bool {
	return obj.Pos() >= l.stmt.Pos() && obj.Pos() < l.stmt.End()
}

func (l *loop) builtin(call *ast.CallExpr) string {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := l.pass.TypesInfo.Uses[id].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}

// pure tells whether an expression calls nothing but builtins without effect
// and conversions, and reads nothing that another round changes.
func (l *loop) pure(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch l.builtin(n) {
			case "len", "cap", "min", "max":
			default:
				if tv := l.pass.TypesInfo.Types[n.Fun]; !tv.IsType() {
					ok = false
				}
			}
		case *ast.Ident:
			if obj := l.object(n); obj != nil && l.changed[obj] {
				ok = false
			}
		case *ast.FuncLit:
			ok = false
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		}
		return ok
	})
	return ok
}
