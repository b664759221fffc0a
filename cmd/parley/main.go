// Command parley runs distributed systems, breaks them on purpose, and checks
// what they promise. It is the one binary of the project; run it without
// arguments to see its commands.
//
// Exit status: 0 when all is well, 1 when something failed or a promise was
// broken, 2 when the command line makes no sense.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
