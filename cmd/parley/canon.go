package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/lab"
)

func newCanon() *cobra.Command {
	var (
		asJSON, all, verbose bool
		state                string
	)
	cmd := &cobra.Command{
		Use:   "canon [SYSTEM|CHAPTER|ID]... [--json]",
		Short: "Show the ledger: what the papers claim, and how far each claim is shown",
		Long: `canon lists the claims of the papers, one testable thing an item, and how far the
project has come with each:

  open      nothing enforces or shows it
  built     a rule in the code or a registered experiment names it
  verified  a recorded run of its experiment found no violation
  caught    and with its rule taken out, the experiment failed

Where the source is wrong, an item is marked as an erratum: what is right is built.
Without a name it prints counts; with some, every item of the systems and chapters
that they name, or whose id begins with them.`,
		Example: `  parley canon
  parley canon raft
  parley canon raft-vr.yaml --state verified
  parley canon raft.election -v`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			items, err := ledger(args)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("state") {
				if items, err = withState(items, canon.State(state)); err != nil {
					return usageError{cmd.CommandPath(), err}
				}
			}
			switch {
			case asJSON:
				return writeLedgerJSON(cmd.OutOrStdout(), items)
			case verbose:
				return writeStatements(cmd.OutOrStdout(), items)
			case len(args) > 0 || all || state != "":
				return writeItems(cmd.OutOrStdout(), items)
			}
			return writeCounts(cmd.OutOrStdout(), items)
		},
		ValidArgsFunction: completeItems,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the items as a JSON array")
	cmd.Flags().BoolVar(&all, "items", false, "print every item")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print what each says, how it is shown, and what happens without its rule")
	cmd.Flags().StringVar(&state, "state", "", "only items that are open, built, verified or caught")
	return cmd
}

// ledger returns the items that are meant by any of the names, or all.
func ledger(names []string) ([]canon.Status, error) {
	l, err := canon.Load()
	if err != nil {
		return nil, err
	}
	all := l.Status(lab.ByItem())
	if len(names) == 0 {
		return all, nil
	}
	var items []canon.Status
	met := map[string]bool{}
	for _, s := range all {
		chosen := false
		for _, name := range names {
			if means(name, s.Item) {
				chosen, met[name] = true, true
			}
		}
		if chosen {
			items = append(items, s)
		}
	}
	for _, name := range names {
		if !met[name] {
			return nil, fmt.Errorf("canon: no system or chapter is called %s, and no id begins so; parley canon lists them%s", name, meant(name, knownItems(l.Items())))
		}
	}
	return items, nil
}

// means tells whether a name is that of the item's system or chapter, or how its
// id begins.
func means(name string, it canon.Item) bool {
	return name == it.System || strings.TrimSuffix(name, ".yaml") == it.Chapter || name == it.ID || strings.HasPrefix(it.ID, name+".")
}

func completeItems(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	items, err := ledger(nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, s := range items {
		for _, name := range []string{s.System, s.Chapter} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		names = append(names, s.ID)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func withState(items []canon.Status, state canon.State) ([]canon.Status, error) {
	if !slices.Contains([]canon.State{canon.Open, canon.Built, canon.Verified, canon.Caught}, state) {
		return nil, fmt.Errorf("--state %s: it is open, built, verified or caught", state)
	}
	return slices.DeleteFunc(items, func(s canon.Status) bool { return s.State != state }), nil
}
