// Package h2 holds serve/h2 against what others demand of a server: the
// interoperability tests of google.golang.org/grpc, and h2spec, which tests
// HTTP/2 itself frame by frame.
package h2
