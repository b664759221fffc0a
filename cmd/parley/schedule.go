package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/systems/txn/schedule"
)

func newSchedule() *cobra.Command {
	var (
		svg    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "schedule 'r1(x) w2(x) c1 c2' [--svg FILE] [--json]",
		Short: "Say what a schedule of transactions is: serializable, recoverable, two-phase",
		Long: `schedule reads operations of several transactions in the order in which they ran,
draws them with their precedence graph, and answers: is it equivalent to a serial
order, by conflicts, by what is read, by the final state; what would an abort drag
along; could two-phase locking have produced it, and with which lock points?

  r1(x)  transaction 1 reads item x       c1  transaction 1 commits
  w1(x)  transaction 1 writes item x      a1  transaction 1 aborts

With - it reads the schedule from its input.`,
		Example: `  parley schedule 'r1(x) r2(x) w1(x) w2(x) c1 c2'                  # lost update
  parley schedule 'r1(x) r1(y) r2(x) r2(y) w1(x) w2(y) c1 c2' --svg skew.svg`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := analyze(cmd, args)
			if err != nil {
				return err
			}
			if svg != "" {
				if err := drawSchedule(report, svg); err != nil {
					return err
				}
			}
			if asJSON {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(report)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), report)
			return err
		},
	}
	cmd.Flags().StringVar(&svg, "svg", "", "draw schedule and precedence graph into this file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answers as JSON")
	return cmd
}

// maxScheduleText bounds what is read from the input.
const maxScheduleText = 64 << 10

func analyze(cmd *cobra.Command, args []string) (*schedule.Report, error) {
	text := strings.Join(args, " ")
	if text == "-" {
		input, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxScheduleText+1))
		if err != nil {
			return nil, fmt.Errorf("schedule: read the input: %w", err)
		}
		if len(input) > maxScheduleText {
			return nil, fmt.Errorf("schedule: the input is longer than %d bytes", maxScheduleText)
		}
		text = string(input)
	}
	s, err := schedule.Parse(text)
	if err != nil {
		return nil, usageError{cmd.CommandPath(), err}
	}
	return s.Analyze(), nil
}

func drawSchedule(r *schedule.Report, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	if err := r.SVG(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
