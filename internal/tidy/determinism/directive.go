package determinism

import (
	"go/ast"
	"go/token"
	"strings"
)

const (
	unordered = "//parley:unordered"
	noties    = "//parley:noties"
)

// directive is a comment that excuses the line below it.
type directive struct {
	pos  token.Pos
	line int // the line below
	name string
	used bool
}

func (c *checker) readDirectives(file *ast.File) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			name, reason, _ := strings.Cut(comment.Text, " ")
			if name != unordered && name != noties {
				continue
			}
			reason, _, _ = strings.Cut(reason, "//")
			if len(strings.Fields(reason)) < 3 {
				c.pass.Reportf(comment.Pos(), "%s needs a reason of a few words", name)
				continue
			}
			// More comment lines may follow the directive.
			line := c.pass.Fset.Position(group.End()).Line + 1
			c.directives = append(c.directives, &directive{pos: comment.Pos(), line: line, name: name})
		}
	}
}

// excused tells whether the line above pos carries the directive.
func (c *checker) excused(pos token.Pos, name string) bool {
	line := c.pass.Fset.Position(pos).Line
	for _, d := range c.directives {
		if d.line == line && d.name == name {
			d.used = true
			return true
		}
	}
	return false
}

func (c *checker) reportUnusedDirectives() {
	for _, d := range c.directives {
		if !d.used {
			c.pass.Reportf(d.pos, "nothing below %s needs it: delete it", d.name)
		}
	}
}
