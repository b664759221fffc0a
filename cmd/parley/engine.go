package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/node"
	storage "github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/btree"
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
	kept := "as far as a restart needs it"
	if m.Keep != 0 {
		kept = fmt.Sprintf("from record %d on, for the last backup", m.Keep)
	}
	_, err := fmt.Fprintf(w, `format version   %d
page size        %d bytes
data file        %d bytes, %d pages
log              %d bytes, records %d to %d
restart begins   at the checkpoint in record %d
log is kept      %s
`, aries.Version, m.PageSize, f.Bytes, f.Pages(), f.LogBytes, f.First, f.Next-1, m.Checkpoint, kept)
	return err
}

func showPage(w io.Writer, f *storage.Files, id page.ID) error {
	p, err := f.Page(id)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "page %d: %v, level %d, lsn %d, link %d, %d cells, room for %d bytes\n",
		id, p.Kind(), p.Level(), p.LSN(), p.Link(), p.Count(), p.Room())
	if p.Kind() == page.Meta {
		fmt.Fprintf(w, "%d pages, the first free one is %d (0: none)\n", meta(p, aries.MetaCount), meta(p, aries.MetaFree))
	}
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

func damages(n int) error {
	switch {
	case n == 0:
		return nil
	case n == btree.MostDamage:
		return fmt.Errorf("%d damages found, and there may be more", n)
	}
	return fmt.Errorf("damages found: %d", n)
}

// meta reads a field of the meta page.
func meta(p page.Page, offset int) uint32 { return binary.LittleEndian.Uint32(p[offset:]) }

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
			if len(r.Damage) > 0 {
				fmt.Fprint(w, "what can be read: ")
			}
			fmt.Fprintf(w, "%d entries of %d bytes in %d leaves (%.0f%% full), %d inner pages, height %d; %d long values in %d pages; %d free pages; %d pages in all\n",
				r.Entries, r.Bytes, r.Leaves, 100*float64(r.Used)/float64(max(1, r.Room)), r.Inner, r.Height, r.Chains, r.Links, r.Free, r.Pages)
			return damages(len(r.Damage))
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
	var keep, drop bool
	cmd := &cobra.Command{
		Use:   "backup DIR FILE [--keep-log | --drop-log]",
		Short: "Copy a database into a file",
		Long: `backup copies a database into a file that does not exist yet. With --keep-log the log is
kept from now on, until the next backup: from the two every commit can be restored
though the data file is lost. It stays so until --drop-log.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, err := existing(args[0])
			if err != nil {
				return err
			}
			db, err := storage.Open(dir, &storage.Options{KeepLog: keep})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			if err := writeNew(args[1], func(w io.Writer) error { return db.Backup(cmd.Context(), w) }); err != nil || !drop {
				return err
			}
			return db.DropLog()
		},
	}
	cmd.Flags().BoolVar(&keep, "keep-log", false, "keep the log from this backup on")
	cmd.Flags().BoolVar(&drop, "drop-log", false, "do not keep the log any more")
	cmd.MarkFlagsMutuallyExclusive("keep-log", "drop-log")
	return cmd
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
adds what the log of the lost database has beyond the backup, if it was kept (backup
--keep-log): then no commit is lost with the data file. Of the lost database nothing but
its log is read. Whatever fails leaves the directory as it was.`,
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
