package main

import (
	"context"
	"net"
	"net/http"
	netrpc "net/rpc"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const method = "/bench.Echo/Echo"

// The service of grpc-go, as its generator writes it.
var echoService = grpc.ServiceDesc{
	ServiceName: "bench.Echo", HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "Echo", Handler: func(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := new(wrapperspb.BytesValue)
		if err := decode(in); err != nil {
			return nil, err
		}
		return in, nil
	}}},
}

func startGRPC() (caller, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := grpc.NewServer()
	s.RegisterService(&echoService, struct{}{})
	go s.Serve(l) // ends with Stop
	c, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, err
	}
	call := func(ctx context.Context, value []byte) ([]byte, error) {
		out := new(wrapperspb.BytesValue)
		err := c.Invoke(ctx, method, wrapperspb.Bytes(value), out)
		return out.Value, err
	}
	return call, func() { c.Close(); s.Stop() }, nil
}

// startConnect runs connect-go over HTTP/2 in the clear, in its own protocol.
func startConnect() (caller, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(method, connect.NewUnaryHandler(method, func(_ context.Context, r *connect.Request[wrapperspb.BytesValue]) (*connect.Response[wrapperspb.BytesValue], error) {
		return connect.NewResponse(r.Msg), nil
	}))
	s := &http.Server{Handler: mux, Protocols: new(http.Protocols)}
	s.Protocols.SetUnencryptedHTTP2(true)
	go s.Serve(l) // ends with Close
	t := &http.Transport{Protocols: s.Protocols}
	c := connect.NewClient[wrapperspb.BytesValue, wrapperspb.BytesValue](&http.Client{Transport: t}, "http://"+l.Addr().String()+method)
	call := func(ctx context.Context, value []byte) ([]byte, error) {
		r, err := c.CallUnary(ctx, connect.NewRequest(wrapperspb.Bytes(value)))
		if err != nil {
			return nil, err
		}
		return r.Msg.Value, nil
	}
	return call, func() { t.CloseIdleConnections(); s.Close() }, nil
}

// Echo is the service of net/rpc.
type Echo struct{}

// Payload is its message.
type Payload struct{ Value []byte }

// Echo gives the value back.
func (Echo) Echo(in *Payload, out *Payload) error {
	out.Value = in.Value
	return nil
}

func startNetRPC() (caller, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := netrpc.NewServer()
	if err := s.Register(Echo{}); err != nil {
		return nil, nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			go s.ServeConn(conn)
		}
	}()
	c, err := netrpc.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	call := func(_ context.Context, value []byte) ([]byte, error) {
		out := new(Payload)
		err := c.Call("Echo.Echo", &Payload{value}, out)
		return out.Value, err
	}
	return call, func() { c.Close(); l.Close() }, nil
}
