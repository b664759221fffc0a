module github.com/parleysystems/parley/bench/rpc

go 1.26.0

replace github.com/parleysystems/parley => ../..

require (
	connectrpc.com/connect v1.21.1
	github.com/parleysystems/parley v0.0.0-00010101000000-000000000000
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
)

require (
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260817212433-ac3dfec99bb1 // indirect
)
