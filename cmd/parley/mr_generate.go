package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/mapreduce/corpus"
)

func newMRGenerate() *cobra.Command {
	g := &generator{size: 512 << 20}
	cmd := &cobra.Command{
		Use:   "generate text|records PATH",
		Short: "Write input to measure jobs with",
		Long: `generate writes text whose words are drawn by Zipf's law, or lines with random keys
to sort, to a file, or to --files files in a directory. The same seed gives the
same bytes.`,
		Example: `  parley mr generate text corpus --files 8 --size 512MiB
  parley mr generate records records.txt --size 500MB --record-bytes 100`,
		Args:      cobra.ExactArgs(2),
		ValidArgs: []string{"text", "records"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "text" && args[0] != "records" {
				return usageError{cmd.CommandPath(), fmt.Errorf("generate text or records, not %q", args[0])}
			}
			return g.run(cmd.Context(), args[0], args[1])
		},
	}
	cmd.Flags().Var(&g.size, "size", "bytes to write in all")
	cmd.Flags().IntVar(&g.files, "files", 0, "files in a directory (default: one file)")
	cmd.Flags().Uint64Var(&g.seed, "seed", 1, "of what is drawn")
	cmd.Flags().IntVar(&g.words, "words", corpus.Vocabulary, "text: different words to draw from")
	cmd.Flags().IntVar(&g.width, "record-bytes", 100, "records: length of a line")
	return cmd
}

type generator struct {
	size         sizeFlag
	files        int
	words, width int
	seed         uint64
}

func (g *generator) run(ctx context.Context, what, path string) error {
	if g.files == 0 {
		return g.file(ctx, what, path, int64(g.size), g.seed)
	}
	if g.files < 0 || g.files > 1e6 {
		return fmt.Errorf("generate %d files: give 1 to a million", g.files)
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	for i := range g.files {
		name := filepath.Join(path, fmt.Sprintf("%s-%05d.txt", what, i))
		if err := g.file(ctx, what, name, int64(g.size)/int64(g.files), g.seed+uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// file writes one file, or none if it fails or ctx ends.
func (g *generator) file(ctx context.Context, what, name string, size int64, seed uint64) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // nobody's data is replaced
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	if err := errors.Join(g.write(untilDone{ctx, f}, what, size, seed), f.Close()); err != nil {
		return fmt.Errorf("generate %s: %w; it is removed", name, errors.Join(err, os.Remove(name)))
	}
	return nil
}

// untilDone is a writer that fails once ctx is over.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, errors.New("interrupted")
	}
	return u.w.Write(p)
}

func (g *generator) write(w io.Writer, what string, size int64, seed uint64) error {
	if what == "text" {
		return corpus.Text(w, size, g.words, seed)
	}
	return corpus.Records(w, size/int64(max(g.width, 1)), g.width, seed)
}
