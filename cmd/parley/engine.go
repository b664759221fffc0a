package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/node"
	storage "github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

func newEngine() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "engine inspect|verify|log|backup|restore DIR",
		Short: "Look after databases of the storage engine",
		Long: `engine looks at a database in a directory, verifies it, shows its log, copies it and
restores it. One process has a database at a time: close it first.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEngineInspect(), newEngineVerify(), newEngineLog(), newEngineBackup(), newEngineRestore())
	return cmd
}

// existing returns a directory in which there is a database. Opening another would
// make one there, or leave a lock behind.
func existing(dir string) (string, error) {
	if _, err := os.Stat(filepath.Join(dir, "pages", aries.MasterFile)); err != nil {
		return "", fmt.Errorf("%s holds no database: %w", dir, err)
	}
	return dir, nil
}

func newEngineInspect() *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:   "inspect DIR [--page N]",
		Short: "Show what the files say, without a restart",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, err := existing(args[0])
			if err != nil {
				return err
			}
			f, err := storage.Look(dir)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			if id >= 0 {
				return showPage(cmd.OutOrStdout(), f, page.ID(id))
			}
			return showFiles(cmd.OutOrStdout(), f)
		},
	}
	cmd.Flags().Int64Var(&id, "page", -1, "show this page of the data file")
	return cmd
}

func showFiles(w io.Writer, f *storage.Files) error {
	m := f.Master
	_, err := fmt.Fprintf(w, `format version   %d
page size        %d bytes
data file        %d bytes, %d pages
log              %d bytes, records %d to %d
restart begins   at the checkpoint in record %d
log is kept      from record %d on, for a backup (0: for none)
`, aries.Version, m.PageSize, f.Bytes, f.Bytes/int64(m.PageSize), f.LogBytes, f.First, f.Next-1, m.Checkpoint, m.Keep)
	return err
}

func showPage(w io.Writer, f *storage.Files, id page.ID) error {
	p, err := f.Page(id)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "page %d: %v, level %d, lsn %d, link %d, %d cells, room for %d bytes\n",
		id, p.Kind(), p.Level(), p.LSN(), p.Link(), p.Count(), p.Room())
	for i := range p.Count() {
		cell := p.Cell(i)
		switch {
		case p.Kind() == page.Inner:
			fmt.Fprintf(w, "%4d %q -> page %d\n", i, p.Key(i), page.CellChild(cell))
		case page.IsOverflow(cell):
			length, first := page.CellOverflow(cell)
			fmt.Fprintf(w, "%4d %q = %d bytes from page %d on\n", i, p.Key(i), length, first)
		default:
			fmt.Fprintf(w, "%4d %q = %q\n", i, p.Key(i), page.CellValue(cell))
		}
	}
	return nil
}

func newEngineVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify DIR",
		Short: "Recover a database and check every page",
		Long: `verify opens the database, which recovers it, and walks over everything: order and
separators of the tree, chains of long values, the list of free pages, and the
checksum of every page on the disk. What is wrong is named; then the exit status is 1.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, err := existing(args[0])
			if err != nil {
				return err
			}
			db, err := storage.Open(dir, nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			r, err := db.Verify(cmd.Context())
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			for _, d := range r.Damage {
				fmt.Fprintln(w, d)
			}
			fmt.Fprintf(w, "%d entries of %d bytes in %d leaves (%.0f%% full), %d inner pages, height %d; %d long values in %d pages; %d free pages; %d pages in all\n",
				r.Entries, r.Bytes, r.Leaves, 100*float64(r.Used)/float64(max(1, r.Room)), r.Inner, r.Height, r.Chains, r.Links, r.Free, r.Pages)
			if n := len(r.Damage); n > 0 {
				return fmt.Errorf("%d damages found", n)
			}
			return nil
		},
	}
}

func newEngineLog() *cobra.Command {
	var from, most uint64
	cmd := &cobra.Command{
		Use:   "log DIR [--from LSN] [-n COUNT]",
		Short: "Show the records of the log",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, err := existing(args[0])
			if err != nil {
				return err
			}
			f, err := storage.Look(dir)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			n := uint64(0)
			return f.Records(node.LSN(from), func(r *aries.Record) bool {
				n++
				_, failed := fmt.Fprintln(cmd.OutOrStdout(), r)
				return failed == nil && n != most
			})
		},
	}
	cmd.Flags().Uint64Var(&from, "from", 0, "the first record to show")
	cmd.Flags().Uint64VarP(&most, "count", "n", 0, "how many to show; 0 for all")
	return cmd
}

func newEngineBackup() *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIR FILE",
		Short: "Copy a database into a file",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, err := existing(args[0])
			if err != nil {
				return err
			}
			db, err := storage.Open(dir, nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			return writeNew(args[1], func(w io.Writer) error { return db.Backup(cmd.Context(), w) })
		},
	}
}

// writeNew writes a file that does not exist, durably, and removes it if that
// fails.
func writeNew(name string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

func newEngineRestore() *cobra.Command {
	var lost string
	cmd := &cobra.Command{
		Use:   "restore FILE DIR [--log LOST]",
		Short: "Make a database out of a backup",
		Long: `restore makes a database, in a directory that has none, out of a backup. With --log it
adds what the log of the lost database has beyond the backup, if that was opened
with KeepLog: then no commit is lost with the data file.`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			return storage.Restore(args[1], f, lost, nil)
		},
	}
	cmd.Flags().StringVar(&lost, "log", "", "directory of the database that was lost")
	return cmd
}
