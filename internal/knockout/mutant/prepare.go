package mutant

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// trialProgram is what is built with switches in it.
const trialProgram = "./internal/knockout/trial"

// Prepare builds the program that runs trials, with a switch for each rule, in
// dir. Rules that cannot be compiled with their switch are left out: it returns
// those that can.
func Prepare(ctx context.Context, root, dir string, rules []*Rule) (program string, compiled []*Rule, err error) {
	b := Build{Root: root, Program: trialProgram, Output: filepath.Join(dir, "trial"), Dir: dir}
	compiled, err = b.Most(ctx, rules)
	return b.Output, compiled, err
}

// Most is Run without the rules that cannot be compiled with their switch, so that
// one that somebody marked wrongly does not keep all others from being taken out.
// It returns those that can.
func (b Build) Most(ctx context.Context, rules []*Rule) ([]*Rule, error) {
	for {
		err := b.Run(ctx, rules)
		failed := (*BuildError)(nil)
		if !errors.As(err, &failed) {
			return rules, err
		}
		left := slices.DeleteFunc(slices.Clone(rules), failed.caused)
		if len(left) == len(rules) {
			return nil, err
		}
		rules = left
	}
}

// BuildError is what the compiler said of the instrumented sources.
type BuildError struct {
	Program, Text string
	Cause         error
}

// Error returns it with the compiler's words.
func (e *BuildError) Error() string {
	return fmt.Sprintf("mutant: build %s with the rules' switches: %v\n%s", e.Program, e.Cause, e.Text)
}

// Unwrap returns how the compiler ended.
func (e *BuildError) Unwrap() error { return e.Cause }

var compilerLine = regexp.MustCompile(`(\S+\.go):(\d+):\d+:`)

// caused tells whether a rule stands on a line that the compiler complains about;
// lines are those of the source (I3).
func (e *BuildError) caused(r *Rule) bool {
	for _, m := range compilerLine.FindAllStringSubmatch(e.Text, -1) {
		line, err := strconv.Atoi(m[2])
		if err == nil && filepath.Base(m[1]) == flat(r.File) && r.Line <= line && line <= max(r.Line, r.last) {
			return true
		}
	}
	return false
}

// flat is the name of a file's copy in a build overlay.
func flat(name string) string { return strings.ReplaceAll(name, "/", "_") }

// Sample draws n of the mutants, or returns all if n is 0, in their order.
func Sample(all []*Rule, n int, seed uint64) []*Rule {
	if n == 0 || n >= len(all) {
		return all
	}
	chosen := rand.New(rand.NewPCG(seed, 0)).Perm(len(all))[:n]
	slices.Sort(chosen)
	var sample []*Rule
	for _, i := range chosen {
		sample = append(sample, all[i])
	}
	return sample
}
