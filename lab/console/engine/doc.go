// Command engine is a player as a program of its own, so that the console can
// run experiments where it cannot run them itself: in the page, compiled to
// WebAssembly (main_js.go), and with a rule taken out of the code, built with
// switches and run as another process (main_native.go).
package main
