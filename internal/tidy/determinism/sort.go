package determinism

import (
	"go/ast"
	"go/types"
	"slices"
)

// callee returns the package-level function that a call names, as "path.Name".
func (c *checker) callee(call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok { // explicit type arguments
		fun = index.X
	}
	var id *ast.Ident
	switch f := fun.(type) {
	case *ast.SelectorExpr:
		id = f.Sel
	case *ast.Ident:
		id = f
	default:
		return ""
	}
	fn, ok := c.pass.TypesInfo.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil {
		return ""
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

// unstable leave equal elements in any order, total order them by value, so
// that equal elements cannot be told apart.
var (
	unstable = []string{"sort.Slice", "sort.Sort", "slices.SortFunc", "slices.SortedFunc"}
	total    = []string{"sort.Strings", "sort.Ints", "slices.Sort"}
)

func (c *checker) checkSort(call *ast.CallExpr) {
	name := c.callee(call)
	if slices.Contains(unstable, name) && !c.byValue(call) && !c.excused(call.Pos(), noties) && !c.excused(c.statement().Pos(), noties) {
		c.pass.Reportf(call.Pos(), "%s leaves equal elements in any order: sort stably, or say above the line why there are none (%s REASON)", name, noties)
	}
}

// byValue tells whether the elements are compared whole by one of the library's
// total orders.
func (c *checker) byValue(call *ast.CallExpr) bool {
	if len(call.Args) != 2 {
		return false
	}
	var id *ast.Ident
	switch f := ast.Unparen(call.Args[1]).(type) {
	case *ast.SelectorExpr:
		id = f.Sel
	case *ast.IndexExpr:
		if sel, ok := f.X.(*ast.SelectorExpr); ok {
			id = sel.Sel
		}
	}
	if id == nil {
		return false
	}
	fn, ok := c.pass.TypesInfo.Uses[id].(*types.Func)
	return ok && fn.Pkg() != nil && slices.Contains([]string{"cmp.Compare", "strings.Compare", "bytes.Compare"}, fn.Pkg().Path()+"."+fn.Name())
}

// statement returns the innermost statement around the node being visited.
func (c *checker) statement() ast.Node {
	for i := len(c.stack) - 1; i >= 0; i-- {
		if s, ok := c.stack[i].(ast.Stmt); ok {
			return s
		}
	}
	return c.stack[len(c.stack)-1]
}

// checkMapIterator reports maps.Keys and its kin unless a total sort takes the
// result at once, or a range statement does (which checkRange looks at).
func (c *checker) checkMapIterator(call *ast.CallExpr) {
	switch c.callee(call) {
	case "maps.Keys", "maps.Values", "maps.All":
	default:
		return
	}
	switch parent := c.stack[len(c.stack)-2].(type) {
	case *ast.RangeStmt:
		return
	case *ast.CallExpr:
		if name := c.callee(parent); name == "slices.Sorted" || slices.Contains(unstable, name) || name == "maps.Collect" {
			return
		}
	}
	if !c.excused(c.statement().Pos(), unordered) {
		c.pass.Reportf(call.Pos(), "the order of a map shows: wrap it in slices.Sorted, or say above the line why the order is harmless (%s REASON)", unordered)
	}
}
