package tidy

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
)

// forbiddenNames say that a package holds things, not which.
var forbiddenNames = []string{
	"util", "utils", "common", "helper", "helpers", "types", "base", "core",
	"manager", "misc", "shared", "lib", "stuff", "tools", "pkg", "impl",
}

// Names returns packages named for nothing in particular.
func Names(t *Tree) (found []Finding) {
	for _, f := range t.Files {
		for _, name := range []string{path.Base(f.Dir()), f.AST.Name.Name} {
			if slices.Contains(forbiddenNames, name) {
				found = append(found, Finding{f.Name, "the package is called " + name,
					"name it for what it is; if it is several things, it is several packages"})
				break
			}
		}
	}
	return found
}

// forbiddenWords are what the project does not say. Each pattern is written so
// that it does not match itself.
var forbiddenWords = []struct {
	pattern *regexp.Regexp
	do      string
}{
	{regexp.MustCompile(`/(w)ork/|/(h)ome/[a-z]|/(r)oot/|/(U)sers/[a-z]|[A-Z]:\\Users`),
		"a path of one machine: use a relative path, a flag, or a temporary directory"},
	{regexp.MustCompile(`(?i)(pro)xy\.golang\.org|(go)proxy=|(regis)try\.npmjs|(py)pi\.org|(gos)umdb=`),
		"where modules come from is the business of each machine: leave it to its environment"},
	{regexp.MustCompile(`\b(T)ODO\b[^(]|\b(T)ODO\([^#]|\b(F)IXME\b|\b(X)XX\b|\b(H)ACK\b`),
		"do it, or write TODO(#123) with the number of its ticket"},
	{regexp.MustCompile(`(?i)\b(n)ot yet implemented\b|panic\("(un)implemented|(to) be implemented`),
		"finish it, leave it out, or state in doc.go what the package does not do"},
	{regexp.MustCompile(`(?i)\b(a)s an ai\b|\b(sub)agent|\b(chat)gpt\b|\b(co)-authored-by\b`),
		"the project speaks of itself only"},
	{regexp.MustCompile(`\btime\.(S)leep\(`),
		"wait for the condition itself: a channel, a deadline, a poll with a limit that fails"},
}

// WordsAllowed are the exceptions: file and text, with the reason.
var WordsAllowed = map[string]string{
	"serve/engine/run.go: time." + "Sleep(": "transactions that fell over each other begin again at different times: there is nothing to wait for but time",
}

// Words returns lines that say what the project does not say.
func Words(t *Tree, allowed map[string]string) (found []Finding) {
	texts := map[string][]byte{}
	for name, text := range t.Texts {
		texts[name] = text
	}
	for _, f := range t.Files {
		texts[f.Name] = f.Text
	}
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	sort.Strings(names)

	used := map[string]bool{}
	for _, name := range names {
		for i, line := range bytes.Split(texts[name], []byte("\n")) {
			for _, w := range forbiddenWords {
				hit := w.pattern.Find(line)
				if hit == nil {
					continue
				}
				key := name + ": " + string(hit)
				used[key] = true
				if allowed[key] == "" {
					found = append(found, Finding{fmt.Sprintf("%s:%d", name, i+1), fmt.Sprintf("%q", hit), w.do})
				}
			}
		}
	}
	return append(found, unused("internal/tidy/words.go", used, allowed)...)
}
