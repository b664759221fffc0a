package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/lab"
)

func newCanon() *cobra.Command {
	var (
		asJSON, all bool
		state       string
	)
	cmd := &cobra.Command{
		Use:   "canon [SYSTEM] [--json]",
		Short: "Show the ledger: what the papers claim, and how far each claim is shown",
		Long: `canon lists the claims of the papers, one testable thing an item, and how far the
project has come with each:

  open      nothing enforces or shows it
  built     a rule in the code or a registered experiment names it
  verified  a recorded run of its experiment found no violation
  caught    and with its rule taken out, the experiment failed

Where the source is wrong, an item is marked as an erratum: what is right is built.
Without a system it prints counts; with one, every item of it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			items, err := ledger(args)
			if err != nil {
				return err
			}
			if state != "" {
				items = withState(items, canon.State(state))
			}
			switch {
			case asJSON:
				return writeLedgerJSON(cmd.OutOrStdout(), items)
			case len(args) > 0 || all || state != "":
				return writeItems(cmd.OutOrStdout(), items)
			}
			return writeCounts(cmd.OutOrStdout(), items)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the items as a JSON array")
	cmd.Flags().BoolVar(&all, "items", false, "print every item")
	cmd.Flags().StringVar(&state, "state", "", "only items that are open, built, verified or caught")
	return cmd
}

// ledger returns the items of one system, or of all.
func ledger(systems []string) ([]canon.Status, error) {
	l, err := canon.Load()
	if err != nil {
		return nil, err
	}
	all := l.Status(lab.ByItem())
	if len(systems) == 0 {
		return all, nil
	}
	var items []canon.Status
	for _, s := range all {
		if s.System == systems[0] {
			items = append(items, s)
		}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("canon: no system is called %s; parley canon lists them", systems[0])
	}
	return items, nil
}

func withState(items []canon.Status, state canon.State) (kept []canon.Status) {
	for _, s := range items {
		if s.State == state {
			kept = append(kept, s)
		}
	}
	return kept
}
