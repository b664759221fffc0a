// Package live runs nodes on sockets, files and the wall clock.
package live
