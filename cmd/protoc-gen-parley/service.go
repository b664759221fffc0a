package main

import (
	"fmt"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/encoding/protowire"
)

// service is a service and what its methods promise.
type service struct {
	*protogen.Service
	methods []method
}

type method struct {
	*protogen.Method
	promise promise
	outside bool
}

// promise is a value of parley.Semantics.
type promise uint64

// promises are their names in package rpc, and their words in comments.
var promises = map[promise]struct{ ident, words string }{
	1: {"AtLeastOnce", "at least once"},
	2: {"AtMostOnce", "at most once"},
	3: {"ExactlyOnce", "exactly once"},
}

// The numbers of the extensions of parley/semantics.proto.
const (
	semanticsField protowire.Number = 51723
	outsideField   protowire.Number = 51724
)

func readServices(f *protogen.File) (all []service, err error) {
	for _, s := range f.Services {
		out := service{Service: s}
		for _, m := range s.Methods {
			read, err := readMethod(m)
			if err != nil {
				return nil, fmt.Errorf("%s: method %s: %w", f.Desc.Path(), m.Desc.FullName(), err)
			}
			out.methods = append(out.methods, read)
		}
		all = append(all, out)
	}
	return all, nil
}

// readMethod reads the options from the bytes of the descriptor: this program is not
// linked with Go code for them, so to protobuf's library they are unknown fields.
func readMethod(m *protogen.Method) (method, error) {
	out := method{Method: m}
	if m.Desc.IsStreamingClient() || m.Desc.IsStreamingServer() {
		return out, fmt.Errorf("it streams; a call has one request and one result")
	}
	for b := m.Desc.Options().ProtoReflect().GetUnknown(); len(b) > 0; {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return out, fmt.Errorf("options: %w", protowire.ParseError(n))
		}
		size := protowire.ConsumeFieldValue(number, kind, b[n:])
		if size < 0 {
			return out, fmt.Errorf("options: %w", protowire.ParseError(size))
		}
		if v, read := protowire.ConsumeVarint(b[n:]); read > 0 && kind == protowire.VarintType {
			switch number {
			case semanticsField:
				out.promise = promise(v)
			case outsideField:
				out.outside = v != 0
			}
		}
		b = b[n+size:]
	}
	if promises[out.promise].ident == "" {
		return out, fmt.Errorf("it does not say how often it may run: option (parley.semantics) = AT_LEAST_ONCE, AT_MOST_ONCE or EXACTLY_ONCE")
	}
	return out, nil
}

// name is what the dispatcher knows a method by.
func (m method) name() string {
	return fmt.Sprintf("%q", string(m.Desc.Parent().FullName())+"/"+string(m.Desc.Name()))
}

// said writes what the .proto says above a method, and its promise.
func (m method) said(g *protogen.GeneratedFile) {
	if m.Comments.Leading == "" {
		g.P("// ", m.GoName, " runs ", promises[m.promise].words, ".")
		return
	}
	comment(g, m.Comments.Leading, "")
	g.P("//")
	g.P("// It runs ", promises[m.promise].words, ".")
}

// server writes the interface of the procedures and their entry into the dispatcher.
func (s service) server(g *protogen.GeneratedFile) {
	name := s.GoName + "Server"
	g.P("// ", name, " is the procedures of ", s.Desc.FullName(), ", as plain functions.")
	if s.Comments.Leading != "" {
		g.P("//")
		comment(g, s.Comments.Leading, "")
	}
	g.P("type ", name, " interface {")
	for _, m := range s.methods {
		m.said(g)
		task := ""
		if m.outside {
			task = g.QualifiedGoIdent(nodePackage.Ident("Task")) + ", "
		}
		g.P(m.GoName, "(", task, "*", m.Input.GoIdent, ") (*", m.Output.GoIdent, ", error)")
	}
	g.P("}")
	g.P()
	g.P("// Serve", s.GoName, " adds the procedures to a server, whose dispatcher finds them by these names. Those of")
	g.P("// HandleOutside run as tasks.")
	g.P("func Serve", s.GoName, "(s *", rpcPackage.Ident("Server"), ", p ", name, ") {")
	for _, m := range s.methods {
		handle := "Handle"
		if m.outside {
			handle = "HandleOutside"
		}
		g.P(rpcPackage.Ident(handle), "(s, ", m.name(), ", p.", m.GoName, ", ", rpcPackage.Ident(promises[m.promise].ident), ")")
	}
	g.P("}")
	g.P()
}

// client writes the stubs for the tasks of a node.
func (s service) client(g *protogen.GeneratedFile) {
	name := s.GoName + "Client"
	g.P("// ", name, " calls ", s.Desc.FullName(), " from the tasks of a node, simulated or live.")
	g.P("type ", name, " struct {")
	g.P("client *", rpcPackage.Ident("Client"))
	g.P("server ", nodePackage.Ident("Addr"))
	g.P("}")
	g.P()
	g.P("// New", name, " returns stubs that call a server through a node's client.", s.needsLog())
	g.P("func New", name, "(c *", rpcPackage.Ident("Client"), ", server ", nodePackage.Ident("Addr"), ") ", name, " {")
	g.P("return ", name, "{c, server}")
	g.P("}")
	for _, m := range s.methods {
		g.P()
		m.said(g)
		g.P("func (c ", name, ") ", m.GoName, "(t ", nodePackage.Ident("Task"), ", args *", m.Input.GoIdent, ") (*", m.Output.GoIdent, ", error) {")
		g.P("return ", rpcPackage.Ident("CallAs"), "[", m.Input.GoIdent, ", ", m.Output.GoIdent, "](t, c.client, ",
			rpcPackage.Ident(promises[m.promise].ident), ", c.server, ", m.name(), ", args)")
		g.P("}")
	}
	g.P()
}

// needsLog is a hint for whom makes the client.
func (s service) needsLog() string {
	for _, m := range s.methods {
		if promises[m.promise].ident == "ExactlyOnce" {
			return " Its Semantics must be\n// ExactlyOnce, or calls that promise that are refused."
		}
	}
	return ""
}

// tcpClient writes the stubs for programs outside.
func (s service) tcpClient(g *protogen.GeneratedFile) {
	name := s.GoName + "TCPClient"
	g.P("// ", name, " calls ", s.Desc.FullName(), " over TCP. Its methods may be called from any goroutine.")
	g.P("type ", name, " struct {")
	g.P("client *", doorPackage.Ident("Client"))
	g.P("}")
	g.P()
	g.P("// New", name, " returns stubs that call through a connection.")
	g.P("func New", name, "(c *", doorPackage.Ident("Client"), ") ", name, " { return ", name, "{c} }")
	for _, m := range s.methods {
		g.P()
		m.said(g)
		call := "Call"
		if promises[m.promise].ident == "ExactlyOnce" {
			g.P("// It goes on until ctx is over; what a program calls that dies meanwhile is not taken up again, for it has no log.")
			call = "Insist"
		}
		g.P("func (c ", name, ") ", m.GoName, "(ctx ", protogen.GoImportPath("context").Ident("Context"), ", args *", m.Input.GoIdent, ") (*", m.Output.GoIdent, ", error) {")
		g.P("return ", doorPackage.Ident(call), "[", m.Input.GoIdent, ", ", m.Output.GoIdent, "](ctx, c.client, ", m.name(), ", args)")
		g.P("}")
	}
	g.P()
}
