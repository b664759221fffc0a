package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parleysystems/parley/docs/canon"
)

var (
	ours    = regexp.MustCompile(`^(?:\$ )?(?:go run \./cmd/parley|parley) (\S.*)$`)
	holder  = regexp.MustCompile(`^[A-Z][A-Z|]*$|\.\.\.|\$|^…$`) // FILE, A|B, $dir: whatever the reader has
	idLike  = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9-]+){2,}$`)
	expLike = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9-]+$`)
	link    = regexp.MustCompile(`\]\(([^)#\s:"]*)(?:#([^)\s]+))?\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// Every command line of parley that a page, a comment or a help text shows is one:
// command and flags exist, and so do the names in it.
func TestCommandLinesInTheDocsMakeSense(t *testing.T) {
	checked := 0
	for _, q := range quotes(t) {
		m := ours.FindStringSubmatch(q.text)
		if m == nil {
			continue
		}
		checked++
		if err := sensible(words(m[1]), q.inline); err != nil {
			t.Errorf("%s: %s: %v", q.where, q.text, err)
		}
	}
	if checked < 150 {
		t.Errorf("only %d command lines were found", checked)
	}
}

// What the test above refuses.
func TestCommandLinesThatMakeNoSenseAreNoticed(t *testing.T) {
	for _, line := range []string{
		"upp", "up --port 1", "up extra", "mr wordcout docs", "mr grep x", "serve ntp --data x", "check raft/figure-9",
		"check --faults", "canon raft.elections", "knockout raft.vote", "init --days many", "bench kv --rounds 5",
	} {
		if sensible(words(line), false) == nil {
			t.Errorf("parley %s is said to make sense", line)
		}
	}
}

// sensible tells what is wrong with a command line.
func sensible(args []string, inline bool) error {
	if len(args) == 1 && holder.MatchString(args[0]) {
		return nil // parley VERB
	}
	cmd, rest, err := newRoot().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		if inline && strings.Contains(err.Error(), "needs an argument") || slices.ContainsFunc(rest, holder.MatchString) && strings.Contains(err.Error(), "invalid argument") {
			return nil
		}
		return err
	}
	names := cmd.Flags().Args()
	if err := cmd.ValidateArgs(names); err != nil && !inline {
		return err
	}
	names = slices.DeleteFunc(slices.Clone(names), holder.MatchString)
	switch cmd.Name() {
	case "check", "explore":
		for _, name := range names {
			if _, err := selectExperiments(name); err != nil {
				return err
			}
		}
	case "canon", "knockout":
		return itemsExist(names)
	}
	return nil
}

// named is what may be said of the canon, in order.
var named = sync.OnceValues(func() ([]string, error) {
	l, err := canon.Load()
	if err != nil {
		return nil, err
	}
	return knownItems(l.Items()), nil
})

func itemsExist(names []string) error {
	known, err := named()
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, found := slices.BinarySearch(known, strings.TrimSuffix(name, ".yaml")); !found {
			return fmt.Errorf("the canon has no %s", name)
		}
	}
	return nil
}

// What pages name between quotes is there: experiments, items of the canon, targets
// of make, packages and scripts.
func TestNamesInTheDocsExist(t *testing.T) {
	makefile := read(t, filepath.Join(root, "Makefile"))
	for _, q := range quotes(t) {
		if !strings.Contains(q.where, ".md:") {
			continue
		}
		args := words(q.text)
		switch {
		case q.inline && expLike.MatchString(q.text):
			system, _, _ := strings.Cut(q.text, "/")
			if _, err := selectExperiments(system); err != nil {
				break // a path, perhaps
			}
			if _, err := selectExperiments(q.text); err != nil {
				if _, err := os.Stat(filepath.Join(root, "systems/consensus", q.text)); err != nil {
					t.Errorf("%s: there is no experiment %s", q.where, q.text)
				}
			}
		case q.inline && idLike.MatchString(q.text):
			family, _, _ := strings.Cut(q.text, ".")
			if itemsExist([]string{family}) == nil {
				if err := itemsExist([]string{q.text}); err != nil {
					t.Errorf("%s: %v", q.where, err)
				}
			}
		case len(args) > 1 && args[0] == "make":
			for _, target := range args[1:] {
				if !strings.Contains(target, "=") && !strings.Contains(makefile, "\n"+target+":") {
					t.Errorf("%s: the Makefile has no target %s", q.where, target)
				}
			}
		case len(args) > 0 && (args[0] == "go" || strings.HasPrefix(args[0], "scripts/")):
			for _, arg := range args {
				if path := strings.TrimSuffix(arg, "/..."); strings.HasPrefix(path, "./") || strings.HasPrefix(path, "scripts/") {
					if _, err := os.Stat(filepath.Join(root, path)); err != nil {
						t.Errorf("%s: %s: %v", q.where, q.text, err)
					}
				}
			}
		}
	}
}

func TestLinksInTheDocsLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			target := filepath.Join(filepath.Dir(page), m[1])
			if m[1] == "" {
				target = page
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if m[2] != "" && !slices.Contains(anchors(read(t, target)), m[2]) {
				t.Errorf("%s: %s has no section #%s", page, target, m[2])
			}
		}
	}
}

// anchors returns what a page's headings are called in addresses.
func anchors(text string) (names []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		names = append(names, regexp.MustCompile(`[^a-z0-9_-]`).ReplaceAllString(name, ""))
	}
	return names
}

// Those that are quick are run, in a directory that has the pages, and end well.
func TestQuickCommandLinesInTheDocsRun(t *testing.T) {
	docs, err := filepath.Abs(filepath.Join(root, "docs"))
	if err != nil {
		t.Fatal(err)
	}
	lines := quotes(t)
	t.Chdir(t.TempDir())
	if err := os.CopyFS("docs", os.DirFS(docs)); err != nil {
		t.Fatal(err)
	}
	ran := map[string]bool{}
	for _, q := range lines {
		m := ours.FindStringSubmatch(q.text)
		if m == nil || q.inline {
			continue
		}
		args := words(m[1])
		if key := strings.Join(args, " "); quick(args) && !ran[key] {
			ran[key] = true
			if r := parley(t, args...); r.status != 0 || r.stdout == "" {
				t.Errorf("%s: %s: exit status %d\n%s%s", q.where, q.text, r.status, r.stdout, r.stderr)
			}
		}
	}
	if len(ran) < 12 {
		t.Errorf("only %d of them were run", len(ran))
	}
}

// quick tells whether a command line needs nobody else, ends by itself, and soon.
func quick(args []string) bool {
	if slices.ContainsFunc(args, holder.MatchString) || len(args) == 0 {
		return false
	}
	has := func(flag string) bool { return slices.Contains(args, flag) }
	switch args[0] {
	case "canon", "schedule", "version":
		return true
	case "check":
		return has("--list") || len(args) > 1 && strings.HasSuffix(args[1], "/figure-8")
	case "flp":
		return len(args) == 2
	case "mr":
		return (has("docs") || has("docs/*.md")) && !has("--workers") && !has("--cluster") && !has("--http") && !has("--procs")
	}
	return false
}
