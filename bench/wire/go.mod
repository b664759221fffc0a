module github.com/parleysystems/parley/bench/wire

go 1.26.0

replace github.com/parleysystems/parley => ../..

require (
	github.com/fxamacker/cbor/v2 v2.10.0
	github.com/parleysystems/parley v0.0.0-00010101000000-000000000000
	google.golang.org/protobuf v1.36.12
)

require github.com/x448/float16 v0.8.4 // indirect
