package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const root = "../.." // of the checkout

// quote is a piece of code in a page or a comment.
type quote struct {
	where  string // file:line
	text   string
	inline bool // in a sentence, where a flag may be named without its value
}

var (
	span  = regexp.MustCompile("`([^`\n]+)`")
	fence = regexp.MustCompile("^```")
	aside = regexp.MustCompile(`^//\t(\S.*)$`) // a block in a comment of Go
	ends  = regexp.MustCompile(`^([|>;&]|2>)`)
)

// pages returns the names of all pages, from the root.
func pages(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "deploy/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) < 10 {
		t.Fatalf("only %d pages", len(names))
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quotes returns what pages and comments of Go show as code.
func quotes(t *testing.T) (all []quote) {
	t.Helper()
	for _, page := range pages(t) {
		fenced, joined := false, ""
		for n, line := range strings.Split(read(t, page), "\n") {
			where := fmt.Sprintf("%s:%d", strings.TrimPrefix(page, root+"/"), n+1)
			block, indented := strings.CutPrefix(line, "    ")
			switch {
			case fence.MatchString(line):
				fenced = !fenced
			case fenced || indented:
				if !indented {
					block = line
				}
				joined += strings.TrimSpace(block)
				if before, more := strings.CutSuffix(joined, "\\"); more {
					joined = before
					continue
				}
				all, joined = append(all, quote{where: where, text: joined}), ""
			default:
				for _, m := range span.FindAllStringSubmatch(line, -1) {
					all = append(all, quote{where, m[1], true})
				}
			}
		}
	}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		for n, line := range strings.Split(read(t, name), "\n") {
			if m := aside.FindStringSubmatch(line); m != nil {
				all = append(all, quote{where: fmt.Sprintf("%s:%d", strings.TrimPrefix(name, root+"/"), n+1), text: m[1]})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(all, examples(newRoot())...)
}

// examples returns those of a command's help, and of all below it.
func examples(cmd *cobra.Command) (all []quote) {
	for _, line := range strings.Split(cmd.Example, "\n") {
		all = append(all, quote{where: cmd.CommandPath() + " --help", text: strings.TrimSpace(line)})
	}
	for _, below := range cmd.Commands() {
		all = append(all, examples(below)...)
	}
	return all
}

// words splits a line as a shell does, up to a comment or what follows the command.
func words(line string) (args []string) {
	for rest := strings.TrimSpace(line); rest != "" && rest[0] != '#' && !ends.MatchString(rest); rest = strings.TrimLeft(rest, " ") {
		word := ""
		for rest != "" && rest[0] != ' ' {
			if q := rest[0]; q == '\'' || q == '"' {
				inside, after, _ := strings.Cut(rest[1:], string(q))
				word, rest = word+inside, after
				continue
			}
			word, rest = word+rest[:1], rest[1:]
		}
		args = append(args, word)
	}
	return args
}
