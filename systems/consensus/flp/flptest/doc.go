// Package flptest is the experiments of package flp and of the ways round what it
// shows.
package flptest
