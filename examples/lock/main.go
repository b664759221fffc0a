package main

import "github.com/parleysystems/parley/lab/console"

func main() { console.Main() }
