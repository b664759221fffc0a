package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reports what a protocol package must not do. It does not look at
// test files; harnesses are left out by not running it on them.
var Analyzer = &analysis.Analyzer{
	Name: "determinism",
	Doc:  "report what would make two runs of one seed differ",
	Run:  run,
}

// imports maps a package to what to use in its place.
var imports = map[string]string{
	"net":          "env.Send is the only way out",
	"os":           "env.Disk and env.Log hold what survives",
	"syscall":      "env is all that a protocol can reach",
	"sync":         "a node has one loop, so there is nothing to lock",
	"sync/atomic":  "a node has one loop, so there is nothing to guard",
	"crypto/rand":  "draw from env.Rand; keys come from outside",
	"hash/maphash": "its seed differs from run to run; use hash/fnv or crc32",
	"runtime":      "what the runtime says differs from run to run",
	"unique":       "it depends on the garbage collector",
	"weak":         "it depends on the garbage collector",
}

// clocks are functions of package time that read or wait for the wall clock.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "NewTimer", "NewTicker", "Tick"}

// checker looks at one file.
type checker struct {
	pass       *analysis.Pass
	directives []*directive
	stack      []ast.Node // enclosing nodes, outermost first
}

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		if strings.HasSuffix(pass.Fset.Position(file.Pos()).Filename, "_test.go") {
			continue
		}
		c := &checker{pass: pass}
		c.readDirectives(file)
		c.checkImports(file)
		ast.Inspect(file, c.visit)
		c.reportUnusedDirectives()
	}
	return nil, nil
}

func (c *checker) checkImports(file *ast.File) {
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		for banned, instead := range imports {
			if path == banned || banned == "net" && strings.HasPrefix(path, "net/") || banned == "os" && strings.HasPrefix(path, "os/") {
				c.pass.Reportf(spec.Pos(), "a protocol does not import %s: %s", path, instead)
			}
		}
	}
}

func (c *checker) visit(n ast.Node) bool {
	if n == nil {
		c.stack = c.stack[:len(c.stack)-1]
		return true
	}
	c.stack = append(c.stack, n)
	switch n := n.(type) {
	case *ast.GoStmt:
		c.pass.Reportf(n.Pos(), "a protocol starts no goroutine: env.Go runs a task on the node's loop, env.Job a long pure function")
	case *ast.SelectStmt:
		c.pass.Reportf(n.Pos(), "a protocol does not select: all that happens to it is a call")
	case *ast.ChanType, *ast.SendStmt:
		c.pass.Reportf(n.Pos(), "a protocol has no channel: use node.Future, or a slice")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			c.pass.Reportf(n.Pos(), "a protocol has no channel: use node.Future, or a slice")
		}
	case *ast.SelectorExpr:
		c.checkSelector(n)
	case *ast.RangeStmt:
		c.checkRange(n)
	case *ast.CallExpr:
		c.checkSort(n)
		c.checkMapIterator(n)
	case *ast.AssignStmt:
		for _, lhs := range n.Lhs {
			c.checkGlobal(lhs)
		}
	case *ast.IncDecStmt:
		c.checkGlobal(n.X)
	}
	return true
}

// checkSelector reports uses of functions that a package may be imported
// without, whether they are called or handed on.
func (c *checker) checkSelector(sel *ast.SelectorExpr) {
	if c.pass.TypesInfo.Uses[sel.Sel] == types.Unsafe.Scope().Lookup("Pointer") {
		c.pass.Reportf(sel.Pos(), "a protocol does not look at addresses: they differ from run to run")
	}
	fn, ok := c.pass.TypesInfo.Uses[sel.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil {
		return
	}
	switch fn.Pkg().Path() {
	case "time":
		for _, name := range clocks {
			if fn.Name() == name {
				c.pass.Reportf(sel.Pos(), "a protocol does not call time.%s: use env.Now, env.Elapsed, env.Timer or Task.Sleep", name)
			}
		}
	case "math/rand", "math/rand/v2":
		if !strings.HasPrefix(fn.Name(), "New") {
			c.pass.Reportf(sel.Pos(), "a protocol does not draw from the global source: use env.Rand")
		}
	}
}

// checkGlobal reports an assignment to a package variable, or to what one
// refers to, outside init.
func (c *checker) checkGlobal(lhs ast.Expr) {
	v, ok := c.pass.TypesInfo.Uses[c.root(lhs)].(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return
	}
	for _, n := range c.stack {
		if fn, ok := n.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
			return
		}
	}
	c.pass.Reportf(lhs.Pos(), "a protocol does not change the package variable %s: every node of the process shares it; keep it in the node", v.Name())
}

// root returns the variable at the start of x.f[i].g, (*x).f and the like, or
// nil. A qualified name (pkg.Variable) counts as the variable.
func (c *checker) root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, qualified := c.pass.TypesInfo.Uses[id].(*types.PkgName); qualified {
					return x.Sel
				}
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
