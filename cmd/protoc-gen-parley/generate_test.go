package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// file describes a .proto of one message with one field, and a service of one method.
func file(field *descriptorpb.FieldDescriptorProto, promise uint64) *descriptorpb.FileDescriptorProto {
	options := &descriptorpb.MethodOptions{}
	b := protowire.AppendTag(nil, semanticsField, protowire.VarintType)
	options.ProtoReflect().SetUnknown(protowire.AppendVarint(b, promise))
	field.Name, field.Number = proto.String("f"), proto.Int32(1)
	if field.Label == nil {
		field.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
	}
	return &descriptorpb.FileDescriptorProto{
		Name: proto.String("x.proto"), Package: proto.String("x"), Syntax: proto.String("proto3"),
		Options:     &descriptorpb.FileOptions{GoPackage: proto.String("example.org/x")},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{field}}},
		EnumType: []*descriptorpb.EnumDescriptorProto{{Name: proto.String("E"), Value: []*descriptorpb.EnumValueDescriptorProto{
			{Name: proto.String("NONE"), Number: proto.Int32(0)},
		}}},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("S"), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: proto.String("Do"), InputType: proto.String(".x.M"), OutputType: proto.String(".x.M"), Options: options},
		}}},
	}
}

func of(t descriptorpb.FieldDescriptorProto_Type, name string) *descriptorpb.FieldDescriptorProto {
	f := &descriptorpb.FieldDescriptorProto{Type: t.Enum()}
	if name != "" {
		f.TypeName = proto.String(name)
	}
	return f
}

// answer runs the plugin.
func answer(t *testing.T, f *descriptorpb.FileDescriptorProto) (*pluginpb.CodeGeneratorResponse, error) {
	t.Helper()
	var o options
	p, err := protogen.Options{ParamFunc: o.flags().Set}.New(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{f.GetName()}, ProtoFile: []*descriptorpb.FileDescriptorProto{f},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.generate(p); err != nil {
		return nil, err
	}
	return p.Response(), nil
}

// Whatever a field may be, its Go type has protobuf's encoding; all else is refused with
// what to use in its place.
func TestFields(t *testing.T) {
	repeated := of(descriptorpb.FieldDescriptorProto_TYPE_SINT64, "")
	repeated.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	for _, test := range []struct {
		field *descriptorpb.FieldDescriptorProto
		want  string // in the code, or in the error
		fails bool
	}{
		{of(descriptorpb.FieldDescriptorProto_TYPE_BOOL, ""), "F bool `wire:\"1\"`", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_UINT32, ""), "F uint32", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_SINT32, ""), "F int32", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, ""), "F float64", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_BYTES, ""), "F []byte", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, ".x.M"), "F *M", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_ENUM, ".x.E"), "F E", false},
		{repeated, "F []int64", false},
		{of(descriptorpb.FieldDescriptorProto_TYPE_INT64, ""), "use sint64 or uint64", true},
		{of(descriptorpb.FieldDescriptorProto_TYPE_INT32, ""), "use sint32 or uint32", true},
		{of(descriptorpb.FieldDescriptorProto_TYPE_FIXED64, ""), "use uint64", true},
		{of(descriptorpb.FieldDescriptorProto_TYPE_SFIXED32, ""), "use sint32", true},
	} {
		r, err := answer(t, file(test.field, 1))
		switch {
		case test.fails != (err != nil):
			t.Errorf("%v: %v", test.field.Type, err)
		case err != nil && !strings.Contains(err.Error(), test.want):
			t.Errorf("%v is refused with %q, want %q", test.field.Type, err, test.want)
		case err == nil && !strings.Contains(r.File[0].GetContent(), test.want):
			t.Errorf("%v is\n%s\nwant %q", test.field.Type, r.File[0].GetContent(), test.want)
		}
	}
}

// A method says how often it may run, and has one request and one result.
func TestMethods(t *testing.T) {
	silent := file(of(descriptorpb.FieldDescriptorProto_TYPE_BOOL, ""), 0)
	unheard := file(of(descriptorpb.FieldDescriptorProto_TYPE_BOOL, ""), 9)
	streams := file(of(descriptorpb.FieldDescriptorProto_TYPE_BOOL, ""), 1)
	streams.Service[0].Method[0].ServerStreaming = proto.Bool(true)
	old := file(of(descriptorpb.FieldDescriptorProto_TYPE_BOOL, ""), 1)
	old.Syntax = nil
	for want, f := range map[string]*descriptorpb.FileDescriptorProto{
		"method x.S.Do: it does not say how often": silent, "how often it may run": unheard, "it streams": streams, "not proto3": old,
	} {
		if _, err := answer(t, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for promise, want := range map[uint64]string{1: "rpc.AtLeastOnce", 2: "rpc.AtMostOnce", 3: "rpc.ExactlyOnce"} {
		r, err := answer(t, file(of(descriptorpb.FieldDescriptorProto_TYPE_BOOL, ""), promise))
		if err != nil || !strings.Contains(r.File[0].GetContent(), want) {
			t.Errorf("promise %d: %v, want %s in\n%v", promise, err, want, r)
		}
	}
}

// What comes out is Go, and no socket is seen from the file that protocols import.
func TestFiles(t *testing.T) {
	r, err := answer(t, file(of(descriptorpb.FieldDescriptorProto_TYPE_STRING, ""), 3))
	if err != nil || len(r.File) != 2 {
		t.Fatalf("%v, %v", r, err)
	}
	for _, f := range r.File {
		parsed, err := parser.ParseFile(token.NewFileSet(), f.GetName(), f.GetContent(), parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", f.GetName(), err)
			continue
		}
		for _, i := range parsed.Imports {
			if strings.Contains(i.Path.Value, "/serve/") && !strings.HasSuffix(f.GetName(), "_tcp.parley.go") {
				t.Errorf("%s imports %s", f.GetName(), i.Path.Value)
			}
		}
	}
}

func TestTheOptionsCanBeHadWithoutACheckout(t *testing.T) {
	dir := t.TempDir()
	if err := writeProto(dir); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "parley", "semantics.proto")); err != nil || !strings.Contains(string(b), "51723") {
		t.Errorf("%q, %v", b, err)
	}
}
