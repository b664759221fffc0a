package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// setup is what all contests share.
type setup struct {
	parley  string // the binary
	dir     string
	text    []string
	records string
	rounds  int
}

func main() {
	log.SetFlags(0)
	plain := flag.Bool("plain", false, "be the loop in Go: count the words of the files that are named")
	rounds := flag.Int("rounds", 3, "rounds, in each of which all take a turn")
	size := flag.Int64("size", 512<<20, "bytes of text")
	records := flag.Int64("records", 5_000_000, "records of 100 bytes to sort")
	only := flag.String("only", "", "contests to run, separated by commas; all if empty")
	dir := flag.String("dir", "", "directory for input and output, kept; a temporary one if empty")
	flag.Parse()
	if *plain {
		countPlainly(flag.Args())
		return
	}
	s := &setup{rounds: *rounds, dir: *dir}
	if s.dir == "" {
		temp, err := os.MkdirTemp("", "parley-bench-mr-")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(temp)
		s.dir = temp
	}
	if err := s.prepare(*size, *records); err != nil {
		log.Fatal(err)
	}
	for _, c := range contests {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), c.name) {
			continue
		}
		if err := c.run(s); err != nil {
			log.Fatalf("%s: %v", c.name, err)
		}
	}
	if *only == "" || slices.Contains(strings.Split(*only, ","), "failures") {
		if err := failures(s); err != nil {
			log.Fatalf("failures: %v", err)
		}
	}
}

const textFiles = 8

// prepare builds the binary and writes what is missing of the input.
func (s *setup) prepare(size, records int64) error {
	s.parley = filepath.Join(s.dir, "parley")
	build := exec.Command("go", "build", "-o", s.parley, "github.com/parleysystems/parley/cmd/parley")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build parley: %w", err)
	}
	// By processes of their own: what a process of ours once took shows as the memory
	// of every child that it starts, up to that child's exec.
	for i := range textFiles {
		name := filepath.Join(s.dir, fmt.Sprintf("text-%d-%d", size, i))
		s.text = append(s.text, name)
		if err := s.generate("text", name, size/textFiles, i+1); err != nil {
			return err
		}
	}
	s.records = filepath.Join(s.dir, fmt.Sprintf("records-%d", records))
	return s.generate("records", s.records, records*100, 1)
}

func (s *setup) generate(what, name string, size int64, seed int) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	os.Remove(name + ".partial")
	cmd := exec.Command(s.parley, "mr", "generate", what, name+".partial", "--size", fmt.Sprint(size), "--seed", fmt.Sprint(seed))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("generate %s: %w", name, err)
	}
	return os.Rename(name+".partial", name)
}
