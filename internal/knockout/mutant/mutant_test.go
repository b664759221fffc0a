package mutant_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parleysystems/parley/internal/knockout/mutant"
)

// program prints one line a rule; each line shows whether the rule is in force.
const program = `package main

import "fmt"

func condition(n int) string {
	//parley:rule a.if force=false
	//parley:rule a.ifs value=n > 9
	if n > 1 {
		return "in"
	}
	return "out"
}

func always(n int) string {
	//parley:rule a.always force=true
	if n > 100 {
		return "out"
	}
	return "in"
}

func other(n int) string {
	//parley:rule a.other value=n < 0
	if n > 1 {
		return "in"
	}
	return "out"
}

func loop(n int) int {
	i := 0
	//parley:rule a.loop value=true
	for i < 5 && i < n {
		i++
	}
	return i
}

func assigned(n int) int {
	drift := n
	//parley:rule a.assigned value=7
	length := n - drift
	return length
}

func returned(n int) int {
	//parley:rule a.returned b.too value=n + 1
	return n
}

func main() {
	dropped := 0
	//parley:rule a.dropped drop
	dropped++
	//parley:rule a.marked
	fmt.Println(condition(2), always(2), other(2), loop(2), assigned(2), returned(2), dropped)
}
`

func module(t *testing.T, source string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example\n\ngo 1.26\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func build(t *testing.T, root string, rules []*mutant.Rule, output string) error {
	return mutant.Build{Root: root, Program: ".", Output: output, Dir: t.TempDir()}.Run(t.Context(), rules)
}

// Each switch changes what its rule says, and nothing else; with none thrown
// the program is the original (I1).
func TestASwitchTakesOutItsRuleAndNothingElse(t *testing.T) {
	root := module(t, program)
	rules, err := mutant.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "program")
	if err := build(t, root, rules, binary); err != nil {
		t.Fatal(err)
	}
	intact := "in in in 2 0 2 1"
	want := map[string]string{
		"":           intact,
		"a.if":       "out in in 2 0 2 1",
		"a.ifs":      "out in in 2 0 2 1",
		"a.always":   "in out in 2 0 2 1",
		"a.other":    "in in out 2 0 2 1",
		"a.loop":     "in in in 5 0 2 1",
		"a.assigned": "in in in 2 7 2 1",
		"a.returned": "in in in 2 0 3 1",
		"a.dropped":  "in in in 2 0 2 0",
	}
	if len(rules) != len(want)-1 {
		t.Fatalf("%d rules found, want %d", len(rules), len(want)-1)
	}
	number := map[string]string{"": "0"}
	for _, r := range rules {
		number[r.IDs[0]] = strconv.Itoa(r.Number)
	}
	for id, line := range want {
		run := exec.Command(binary)
		run.Env = append(os.Environ(), mutant.Variable+"="+number[id])
		out, err := run.Output()
		if got := strings.TrimSpace(string(out)); got != line || err != nil {
			t.Errorf("without %q: %q (%v), want %q", id, got, err, line)
		}
	}
}

// What was compiled with a rule's switch is of use as long as the rule says the
// same, whatever is marked before it.
func TestASwitchStaysWhatItWasWhenOthersAreMarked(t *testing.T) {
	before, err := mutant.Find(module(t, program))
	if err != nil {
		t.Fatal(err)
	}
	more := strings.Replace(program, "//parley:rule a.loop value=true", "//parley:rule a.more value=n > 2 && i < 5\n\t//parley:rule a.loop value=true", 1)
	after, err := mutant.Find(module(t, more))
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before)+1 {
		t.Fatalf("%d rules, want one more than %d", len(after), len(before))
	}
	numbers := map[string]int{}
	for _, r := range after {
		numbers[r.IDs[0]] = r.Number
	}
	for _, r := range before {
		if numbers[r.IDs[0]] != r.Number {
			t.Errorf("%v had switch %d and has %d now", r, r.Number, numbers[r.IDs[0]])
		}
	}
}

// Every mutant of a package changes what it says when its switch is thrown; all
// of them together build, nest and leave the lines where they were.
func TestMutantsChangeWhatTheySay(t *testing.T) {
	const source = `package main

import "fmt"

func f(a, b int, p *int) (out string) {
	if a < b && p != nil || a == b {
		out += "if "
	}
	switch {
	case a >= 2*b:
		*p++
	}
	for i := 0; i < b; i++ {
		if i > a {
			break
		}
		out += "loop "
	}
	return out
}

func main() {
	n := 0
	fmt.Print(f(1, 2, &n), f(2, 1, &n), f(3, 3, nil), n)
}
`
	root := module(t, source)
	all, err := mutant.Mutants(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "program")
	if err := build(t, root, all, binary); err != nil {
		t.Fatal(err)
	}
	run := func(number int) string {
		c := exec.Command(binary)
		c.Env = append(os.Environ(), mutant.Variable+"="+strconv.Itoa(number))
		out, err := c.CombinedOutput()
		if err != nil {
			return "failed"
		}
		return string(out)
	}
	intact := run(0)
	if want := "if loop loop loop if loop loop loop 1"; intact != want {
		t.Errorf("with no switch thrown %q, want %q", intact, want)
	}
	changes := map[string]bool{}
	for _, m := range all {
		changes[m.Change] = true
		if same := run(m.Number) == intact; same != equivalent[m.Change] {
			t.Errorf("%s: the output is the same: %v", m, same)
		}
	}
	for _, want := range []string{"negate if i > a", "|| becomes && in a < b && p != nil || a == b", "< becomes <= in i < b", "drop *p++", "== becomes != in a == b"} {
		if !changes[want] {
			t.Errorf("no mutant is %q: %v", want, all)
		}
	}
}

// equivalent are the mutants of that program that change nothing.
var equivalent = map[string]bool{"< becomes <= in a < b": true}

// Positions in a panic must be those of the source (I3).
func TestInstrumentingKeepsLines(t *testing.T) {
	root := module(t, program)
	rules, err := mutant.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	out, err := mutant.Instrument("main.go", []byte(program), rules)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(string(out), "\n"), strings.Count(program, "\n"); got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if rules[6].IDs[1] != "b.too" || rules[6].Expr != "n + 1" {
		t.Errorf("read %+v", rules[6])
	}
}

func TestWhatCannotBeTakenOutIsSaid(t *testing.T) {
	for body, want := range map[string]string{
		"//parley:rule a.b drop\n\tx := 1\n\t_ = x":       "declares variables",
		"//parley:rule a.b force=false\n\tprintln()":      "only a condition can be forced",
		"//parley:rule a.b force=perhaps\n\tprintln()":    "none of force=false",
		"//parley:rule force=false\n\tif true {\n\t}":     "without an item",
		"//parley:rule a.b value=)(\n\treturn":            "value",
		"println()\n\t//parley:rule a.b drop\n\n\treturn": "no statement",
	} {
		root := module(t, "package main\n\nfunc main() {\n\t"+body+"\n}\n")
		rules, err := mutant.Find(root)
		if err == nil {
			err = build(t, root, rules, filepath.Join(t.TempDir(), "program"))
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", body, err, want)
		}
	}
}

// Every rule of this module can be switched off: the instrumented sources build.
func TestAllRulesOfTheModuleCanBeTakenOut(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := mutant.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		source, err := os.ReadFile(filepath.Join(root, r.File))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mutant.Instrument(r.File, source, []*mutant.Rule{r}); err != nil {
			t.Error(err)
		}
	}
}

// And they compile together, in the program that tries them, which is kept for
// whoever needs it next.
func TestAllRulesOfTheModuleCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles all systems")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := mutant.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	_, compiled, err := mutant.PrepareKept(t.Context(), root, t.TempDir(), rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if !slices.Contains(compiled, r) {
			t.Errorf("%s cannot be taken out: the code does not compile without it", r)
		}
	}
}

// What is kept is used again as long as it is up to date, and who got it before
// keeps it.
func TestAProgramIsKeptUntilItsSourcesChange(t *testing.T) {
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(cache))) // or the next line would move it
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	root := module(t, program)
	make := func() (output string, compiled int) {
		rules, err := mutant.Find(root)
		if err != nil {
			t.Fatal(err)
		}
		output = filepath.Join(t.TempDir(), "program")
		b := mutant.Build{Root: root, Program: ".", Output: output, Progress: func(string) { compiled++ }}
		if _, err := b.Kept(t.Context(), rules); err != nil {
			t.Fatal(err)
		}
		return output, compiled
	}
	says := func(output string) string {
		text, err := exec.Command(output).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	first, compiled := make()
	if compiled == 0 || says(first) != "in in in 2 0 2 1" {
		t.Fatalf("%d packages were compiled, and it says %q", compiled, says(first))
	}
	if second, compiled := make(); compiled != 0 || says(second) != says(first) {
		t.Errorf("%d packages were compiled again", compiled)
	}
	changed := strings.Replace(program, `return "in"`, `return "IN"`, 1)
	if err := os.WriteFile(filepath.Join(root, "main.go"), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if third, _ := make(); says(third) != "IN in in 2 0 2 1" || says(first) != "in in in 2 0 2 1" {
		t.Errorf("after a change it says %q, and what was there before %q", says(third), says(first))
	}
}

func TestARuleThatIsMarkedWronglyDoesNotKeepOthersFromBeingTakenOut(t *testing.T) {
	root := module(t, `package main

func main() {
	x := 0
	//parley:rule a.wrong value=y
	x = 1
	//parley:rule a.right drop
	println(x)
}
`)
	rules, err := mutant.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := mutant.Build{Root: root, Program: ".", Output: filepath.Join(t.TempDir(), "program"), Dir: t.TempDir()}.Most(t.Context(), rules)
	if err != nil || len(compiled) != 1 || compiled[0].IDs[0] != "a.right" {
		t.Errorf("%v, %v can be taken out", err, compiled)
	}
}
