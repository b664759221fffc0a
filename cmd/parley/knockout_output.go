package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/parleysystems/parley/internal/knockout/mutant"
)

// knockoutOutput prints outcomes as they come.
type knockoutOutput struct {
	w              io.Writer
	verbose, quiet bool
}

func (k *knockoutOutput) outcome(o mutant.Outcome) {
	if k.quiet {
		return
	}
	switch state(o) {
	case "caught":
		fmt.Fprintf(k.w, "caught    %-60s by %s, seed %d, %s\n", o.Rule, o.Experiment, o.Seed, effort(o))
	case "hung":
		fmt.Fprintf(k.w, "hung      %-60s a run did not end\n", o.Rule)
	case "ran away":
		fmt.Fprintf(k.w, "ran away  %-60s %s\n", o.Rule, o.Problem)
	case "missed":
		fmt.Fprintf(k.w, "missed    %-60s no run reached %s\n", o.Rule, strings.Join(o.Missing, "; "))
	case "unreached":
		fmt.Fprintf(k.w, "unreached %s\n", o.Rule)
	default:
		fmt.Fprintf(k.w, "SURVIVED  %-60s %d runs %s\n", o.Rule, o.Tried, o.Problem)
	}
	if k.verbose && o.Violation != "" {
		fmt.Fprintln(k.w, indented(o.Violation+"\n"+o.Replay))
		if len(o.Witness) > 0 {
			fmt.Fprintf(k.w, "  %d steps:\n%s\n", len(o.Witness), indented(strings.Join(o.Witness, "\n")))
		}
	}
}

// effort says what it took to find a violation.
func effort(o mutant.Outcome) string {
	switch {
	case o.Again && o.Tried > 1:
		return fmt.Sprintf("which had been found after %d runs", o.Tried)
	case o.Tried == 1:
		return "at once"
	}
	return fmt.Sprintf("after %d runs", o.Tried)
}

// state sums an outcome up in a word.
func state(o mutant.Outcome) string {
	switch {
	case o.Caught:
		return "caught"
	case o.Hung || o.Problem == "" && o.Tried == 0:
		return "hung" // not even one run ended in its time
	case o.Problem == mutant.ErrRanAway.Error():
		return "ran away"
	case o.Problem == mutant.Unreached:
		return "unreached"
	case len(o.Missing) > 0:
		return "missed"
	}
	return "survived"
}

// conclude counts, and makes an exit status of it. A marked rule has to be
// caught; a mutant only has to be noticed somehow.
func (k *knockoutOutput) conclude(outcomes []mutant.Outcome, rules int, mutants bool) error {
	count := map[string]int{}
	for _, o := range outcomes {
		count[state(o)]++
	}
	noticed := count["caught"]
	what := "rules can be taken out without any experiment noticing"
	if mutants {
		noticed += count["hung"] + count["ran away"] + count["missed"]
		what = "changes go unnoticed: rules that nobody marked, or code that nobody needs"
	}
	unnoticed, untried := len(outcomes)-noticed, rules-len(outcomes)
	if !k.quiet {
		fmt.Fprintf(k.w, "%d caught, %d hung, %d ran away, %d missed a state, %d survived, %d that no experiment comes by, %d not tried\n",
			count["caught"], count["hung"], count["ran away"], count["missed"], count["survived"], count["unreached"], untried)
		if unnoticed > 0 {
			fmt.Fprintf(k.w, "%d %s\n", unnoticed, what)
		}
	}
	if unnoticed > 0 || untried > 0 {
		return errReported
	}
	return nil
}

// outcomeJSON is an outcome as machines get it.
type outcomeJSON struct {
	Rule       string   `json:"rule"` // file:line
	Items      []string `json:"items,omitempty"`
	Change     string   `json:"change,omitempty"`
	State      string   `json:"state"`
	Experiment string   `json:"experiment,omitempty"`
	Seed       uint64   `json:"seed,omitempty"`
	Tried      uint64   `json:"tried"`
	Violation  string   `json:"violation,omitempty"`
	Replay     string   `json:"replay,omitempty"`
	Witness    []string `json:"witness,omitempty"`
	Problem    string   `json:"problem,omitempty"`
}

func writeOutcomes(w io.Writer, outcomes []mutant.Outcome) error {
	all := []outcomeJSON{}
	for _, o := range outcomes {
		all = append(all, outcomeJSON{
			Rule: fmt.Sprintf("%s:%d", o.Rule.File, o.Rule.Line), Items: o.Rule.IDs, Change: o.Rule.Change,
			State: state(o), Experiment: o.Experiment, Seed: o.Seed, Tried: o.Tried,
			Violation: o.Violation, Replay: o.Replay, Witness: o.Witness, Problem: o.Problem,
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

// commitOf returns what the checkout holds, with a "+" if something in it was
// changed since; "" if Git does not know.
func commitOf(root string) string {
	head, err := exec.Command("git", "-C", root, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	commit := strings.TrimSpace(string(head))
	changed, err := exec.Command("git", "-C", root, "status", "--porcelain", "--untracked-files=no", "--", "*.go").Output()
	if err != nil || len(changed) > 0 {
		commit += "+"
	}
	return commit
}
