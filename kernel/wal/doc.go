// Package wal is the one write-ahead log of a host.
package wal
