package mutant

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// directive begins the comment that marks a rule.
const directive = "//parley:rule "

// Action is how a rule is taken out.
type Action uint8

// The actions.
const (
	// Mark takes nothing out: the directive only ties a line to an item.
	Mark Action = iota
	ForceFalse
	ForceTrue
	Drop
	Value
)

// Rule is a marked statement.
type Rule struct {
	// Number is the rule's switch. A marked rule's follows from what the directive
	// says and in which file, so that others leave it, and what was compiled with
	// it, as they were.
	Number int
	// IDs are the items of the canon that the statement enforces.
	IDs []string
	// File is relative to the module's root; Line is the statement's.
	File string
	Line int
	// Action takes it out, with Expr as the other value if that is Value.
	Action Action
	Expr   string
	// Change says what a mutant changes; "" for a marked rule.
	Change string

	last   int                                         // line of a mutant's node
	mutate func(e *editor, file *ast.File, out string) // of a mutant
}

// String returns where the rule stands and what it is for, or what a mutant
// changes there.
func (r *Rule) String() string {
	if r.Change != "" {
		return fmt.Sprintf("%s:%d %s", r.File, r.Line, r.Change)
	}
	return fmt.Sprintf("%s:%d %s", r.File, r.Line, strings.Join(r.IDs, " "))
}

// Concerns tells whether a person means this rule by a name: a system of the
// canon or of the code ("raft"), an item, or a part of the rule's place.
func (r *Rule) Concerns(name string) bool {
	for _, id := range r.IDs {
		if id == name || strings.HasPrefix(id, name+".") {
			return true
		}
	}
	return strings.Contains("/"+r.File, "/"+name+"/") || strings.Contains(r.String(), name) && strings.ContainsAny(name, "./:")
}

// Find returns the rules below a module's root, in the order of files and
// lines. Directives that say nothing about taking them out are not among them.
func Find(root string) ([]*Rule, error) {
	var rules []*Rule
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		found, err := inFile(root, path)
		rules = append(rules, found...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rules, number(rules)
}

// number gives each rule the switch that its text has. Of equal ones in a file the
// order decides.
func number(rules []*Rule) error {
	before, taken := map[string]int{}, map[int]*Rule{}
	for _, r := range rules {
		text := fmt.Sprint(r.File, r.IDs, r.Action, r.Expr)
		h := fnv.New32a()
		fmt.Fprint(h, text, before[text])
		before[text]++
		r.Number = int(h.Sum32()&math.MaxInt32) | 1 // 0 means none
		if other := taken[r.Number]; other != nil {
			return fmt.Errorf("mutant: %s and %s have the same switch; change the text of one directive", other, r)
		}
		taken[r.Number] = r
	}
	return nil
}

func inFile(root, path string) ([]*Rule, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(source), directive) {
		return nil, nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return nil, err
	}
	var rules []*Rule
	for _, comment := range comments(file) {
		text, ok := strings.CutPrefix(comment.Text, directive)
		if !ok {
			continue
		}
		r, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", files.Position(comment.Pos()), err)
		}
		r.File, r.Line = filepath.ToSlash(name), below(strings.Split(string(source), "\n"), files.Position(comment.Pos()).Line)
		if r.Action != Mark {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// below returns the line of the statement under a directive: several of them may
// stand on one another. Lines count from 1.
func below(lines []string, directiveAt int) int {
	line := directiveAt + 1
	for line <= len(lines) && strings.HasPrefix(strings.TrimSpace(lines[line-1]), directive) {
		line++
	}
	return line
}

func comments(file *ast.File) []*ast.Comment {
	var all []*ast.Comment
	for _, group := range file.Comments {
		all = append(all, group.List...)
	}
	return all
}

// parse reads what follows the directive: items, then at most one action.
func parse(text string) (*Rule, error) {
	r := &Rule{}
	words := strings.Fields(text)
	end := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, "=") || w == "drop" })
	if end < 0 {
		end = len(words)
	}
	r.IDs = words[:end]
	action := strings.Join(words[end:], " ")
	if len(r.IDs) == 0 {
		return nil, fmt.Errorf("rule without an item")
	}
	switch expr, isValue := strings.CutPrefix(action, "value="); {
	case action == "":
	case action == "drop":
		r.Action = Drop
	case action == "force=false":
		r.Action = ForceFalse
	case action == "force=true":
		r.Action = ForceTrue
	case isValue && expr != "":
		r.Action, r.Expr = Value, expr
		if _, err := parser.ParseExpr(expr); err != nil {
			return nil, fmt.Errorf("rule %s: value %q: %w", r.IDs[0], expr, err)
		}
	default:
		return nil, fmt.Errorf("rule %s: %q is none of force=false, force=true, drop, value=EXPR", r.IDs[0], action)
	}
	return r, nil
}
