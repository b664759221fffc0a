package main

import (
	"github.com/spf13/cobra"

	"github.com/parleysystems/parley/mapreduce/jobs"
)

var mrVerbs = []mrVerb{
	{use: "wordcount INPUT...", job: "wordcount", short: "Count words", args: cobra.MinimumNArgs(1), flags: wordFlags,
		long: "wordcount prints each word with the number of its occurrences, in the order of words (as bytes).\n" +
			"Words are what white space separates, or runs of letters and digits with --letters."},
	{use: "grep PATTERN INPUT...", job: "grep", words: 1, short: "Find lines", args: cobra.MinimumNArgs(2),
		long: "grep prints the lines that contain a string, or match a regular expression, in the order of the input.",
		flags: func(cmd *cobra.Command, s *jobs.Spec) {
			cmd.Flags().BoolVarP(&s.Regexp, "regexp", "E", false, "the pattern is a regular expression, in Go's syntax")
			cmd.Flags().BoolVarP(&s.Count, "count", "c", false, "print file and number of lines instead")
			cmd.Flags().BoolVarP(&s.Filename, "with-filename", "H", false, "print file:line")
		},
		take: func(s *jobs.Spec, args []string) ([]string, error) {
			s.Pattern = args[0]
			return args[1:], nil
		}},
	{use: "sort INPUT...", job: "sort", short: "Sort records", args: cobra.MinimumNArgs(1), ranged: true,
		long: "sort writes all records in the order of their bytes, as sort does in the C locale, or in that of a field.",
		flags: func(cmd *cobra.Command, s *jobs.Spec) {
			keyFlags(cmd, s)
			cmd.Flags().BoolVarP(&s.Unique, "unique", "u", false, "of records with equal keys only the first")
			cmd.Flags().IntVar(&s.Width, "record-bytes", 0, "records are of this length, and no lines")
		}},
	{use: "invertedindex INPUT...", job: "invertedindex", short: "List the files that each word is in", args: cobra.MinimumNArgs(1), flags: wordFlags,
		long: "invertedindex prints each word with the files that it occurs in, and how often."},
	{use: "join LEFT RIGHT", job: "join", short: "Pair records of two inputs by a key", args: cobra.ExactArgs(2), take: splitJoin,
		long: "join prints left and right record, a separator between them, for each pair with equal keys. The left side should be\n" +
			"the one with fewer records a key: those are kept in memory.",
		flags: func(cmd *cobra.Command, s *jobs.Spec) {
			keyFlags(cmd, s)
			cmd.Flags().IntVar(&s.RightField, "right-field", 0, "the key's field on the right side (default: that of the left)")
		}},
	{use: "distinct INPUT...", job: "distinct", short: "Each record once", args: cobra.MinimumNArgs(1),
		long: "distinct prints every different record once, in the order of their bytes; or every different value of a field.",
		flags: func(cmd *cobra.Command, s *jobs.Spec) {
			keyFlags(cmd, s)
			cmd.Flags().IntVar(&s.Width, "record-bytes", 0, "records are of this length, and no lines")
		}},
	{use: "topk INPUT...", job: "topk", short: "The most frequent records, fields or words", args: cobra.MinimumNArgs(1),
		long: "topk prints the most frequent records, the most frequent first, with their numbers.",
		flags: func(cmd *cobra.Command, s *jobs.Spec) {
			keyFlags(cmd, s)
			wordFlags(cmd, s)
			cmd.Flags().IntVarP(&s.K, "top", "k", 10, "how many")
			cmd.Flags().BoolVar(&s.Words, "words", false, "of words instead of records")
		}},
	{use: "stream INPUT...", job: "stream", short: "Map and reduce by shell commands", args: cobra.MinimumNArgs(1),
		long: "stream runs shell commands: the mapper reads lines and prints lines \"key<tab>value\"; the reducer reads these, sorted by\n" +
			"key, and prints the output. Without a mapper the input is such lines already. A command that fails fails the job.",
		flags: func(cmd *cobra.Command, s *jobs.Spec) {
			cmd.Flags().StringVar(&s.Mapper, "mapper", "", "shell command, run once a map task")
			cmd.Flags().StringVar(&s.Reducer, "reducer", "", "shell command, run once a reduce task")
		}},
}

func wordFlags(cmd *cobra.Command, s *jobs.Spec) {
	cmd.Flags().BoolVar(&s.Letters, "letters", false, "words are runs of letters and digits (UTF-8)")
	cmd.Flags().BoolVar(&s.FoldCase, "fold-case", false, "in lower case")
}

func keyFlags(cmd *cobra.Command, s *jobs.Spec) {
	cmd.Flags().IntVarP(&s.Field, "field", "f", 0, "the key is this field, from 1 (default: the whole record)")
	cmd.Flags().StringVarP(&s.Separator, "separator", "t", "", "between fields (default: a tab)")
	cmd.Flags().BoolVar(&s.CSV, "csv", false, "records are CSV, in which quotes may enclose newlines")
}
