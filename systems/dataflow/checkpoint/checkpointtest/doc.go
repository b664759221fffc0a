// Package checkpointtest asks of package checkpoint what its documentation promises: a
// node saves states all the time on a disk that loses, tears and rots what it may, and
// whatever it finds when it starts again is compared with what was saved.
package checkpointtest
