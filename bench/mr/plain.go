package main

import (
	"bufio"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
)

// countPlainly is what one writes in ten minutes.
func countPlainly(names []string) {
	counts := map[string]int{}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			log.Fatal(err)
		}
		words := bufio.NewScanner(f)
		words.Buffer(make([]byte, 1<<20), 1<<24)
		words.Split(bufio.ScanWords)
		for words.Scan() {
			counts[string(words.Bytes())]++
		}
		if err := words.Err(); err != nil {
			log.Fatal(err)
		}
		f.Close()
	}
	out := bufio.NewWriter(os.Stdout)
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%s\t%d\n", word, counts[word])
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
