//go:build !js

package main

import (
	"fmt"
	"os"

	"github.com/parleysystems/parley/lab/console/pipe"
	"github.com/parleysystems/parley/lab/console/player"

	_ "github.com/parleysystems/parley/lab" // registers all experiments
)

func main() {
	if err := pipe.Serve(os.Stdin, os.Stdout, player.New()); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}
