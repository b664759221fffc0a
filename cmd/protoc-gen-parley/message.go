package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// messages writes the enums and messages of a file.
func messages(g *protogen.GeneratedFile, f *protogen.File) error {
	for _, e := range f.Enums {
		if err := enum(g, e); err != nil {
			return err
		}
	}
	for _, m := range f.Messages {
		if err := message(g, m); err != nil {
			return err
		}
	}
	return nil
}

func message(g *protogen.GeneratedFile, m *protogen.Message) error {
	for _, e := range m.Enums {
		if err := enum(g, e); err != nil {
			return err
		}
	}
	comment(g, m.Comments.Leading, m.GoIdent.GoName+" is "+string(m.Desc.FullName())+".")
	g.P("type ", m.GoIdent.GoName, " struct {")
	for _, f := range m.Fields {
		t, err := goType(g, f)
		if err != nil {
			return fmt.Errorf("%s: field %s: %w", f.Location.SourceFile, f.Desc.FullName(), err)
		}
		g.P(lines(f.Comments.Leading), f.GoName, " ", t, " `wire:\"", f.Desc.Number(), "\"`", trailing(f.Comments.Trailing))
	}
	g.P("}")
	g.P()
	for _, nested := range m.Messages {
		if nested.Desc.IsMapEntry() {
			continue // its field was refused
		}
		if err := message(g, nested); err != nil {
			return err
		}
	}
	return nil
}

// goType returns the type of a field, whose encoding by kernel/wire is protobuf's.
func goType(g *protogen.GeneratedFile, f *protogen.Field) (string, error) {
	t, err := elementType(g, f)
	switch {
	case err != nil:
		return "", err
	case f.Desc.IsMap():
		return "", fmt.Errorf("a map, whose order protobuf leaves open; use a repeated message with a key and a value")
	case f.Oneof != nil && !f.Oneof.Desc.IsSynthetic():
		return "", fmt.Errorf("part of the oneof %s; use optional fields", f.Oneof.Desc.Name())
	case f.Desc.IsList():
		return "[]" + t, nil
	case f.Desc.HasOptionalKeyword() && f.Desc.Kind() == protoreflect.BytesKind:
		return "", fmt.Errorf("optional bytes; put them into a message")
	case f.Desc.HasOptionalKeyword() && f.Message == nil:
		return "*" + t, nil
	}
	return t, nil
}

// scalars are the types whose encoding is the same in kernel/wire.
var scalars = map[protoreflect.Kind]string{
	protoreflect.BoolKind: "bool", protoreflect.Uint32Kind: "uint32", protoreflect.Uint64Kind: "uint64",
	protoreflect.Sint32Kind: "int32", protoreflect.Sint64Kind: "int64", protoreflect.FloatKind: "float32",
	protoreflect.DoubleKind: "float64", protoreflect.StringKind: "string", protoreflect.BytesKind: "[]byte",
}

// instead are types to use for those that there are not.
var instead = map[protoreflect.Kind]string{
	protoreflect.Int32Kind: "sint32 or uint32", protoreflect.Int64Kind: "sint64 or uint64",
	protoreflect.Fixed32Kind: "uint32", protoreflect.Fixed64Kind: "uint64",
	protoreflect.Sfixed32Kind: "sint32", protoreflect.Sfixed64Kind: "sint64",
}

func elementType(g *protogen.GeneratedFile, f *protogen.Field) (string, error) {
	if t := scalars[f.Desc.Kind()]; t != "" {
		return t, nil
	}
	switch {
	case f.Enum != nil:
		return g.QualifiedGoIdent(f.Enum.GoIdent), nil
	case f.Message == nil:
		return "", fmt.Errorf("of type %v; use %s", f.Desc.Kind(), instead[f.Desc.Kind()])
	case strings.HasPrefix(string(f.Message.Desc.FullName()), "google.protobuf."):
		return "", fmt.Errorf("of type %s, for which there is no struct of ours; write a message", f.Message.Desc.FullName())
	}
	return "*" + g.QualifiedGoIdent(f.Message.GoIdent), nil
}

// enum writes an enum as a number with names.
func enum(g *protogen.GeneratedFile, e *protogen.Enum) error {
	comment(g, e.Comments.Leading, e.GoIdent.GoName+" is "+string(e.Desc.FullName())+".")
	g.P("type ", e.GoIdent.GoName, " uint32")
	g.P()
	g.P("// Values of ", e.GoIdent.GoName, ".")
	g.P("const (")
	for _, v := range e.Values {
		if v.Desc.Number() < 0 {
			return fmt.Errorf("%s: enum value %s: it is negative", v.Location.SourceFile, v.Desc.FullName())
		}
		g.P(lines(v.Comments.Leading), v.GoIdent.GoName, " ", e.GoIdent.GoName, " = ", v.Desc.Number(), trailing(v.Comments.Trailing))
	}
	g.P(")")
	g.P()
	g.P("func (v ", e.GoIdent.GoName, ") String() string {")
	g.P("switch v {")
	named := map[protoreflect.EnumNumber]bool{}
	for _, v := range e.Values {
		if !named[v.Desc.Number()] { // others are aliases
			g.P("case ", v.GoIdent.GoName, ":")
			g.P("return ", fmt.Sprintf("%q", v.Desc.Name()))
		}
		named[v.Desc.Number()] = true
	}
	g.P("}")
	g.P("return ", protogen.GoImportPath("fmt").Ident("Sprintf"), `("`, e.Desc.Name(), ` %d", uint32(v))`)
	g.P("}")
	g.P()
	return nil
}

// comment writes what the .proto says above something, or else a sentence.
func comment(g *protogen.GeneratedFile, c protogen.Comments, otherwise string) {
	if c == "" {
		g.P("// ", otherwise)
		return
	}
	g.P(strings.TrimSuffix(c.String(), "\n"))
}

// lines is a comment above something within a declaration.
func lines(c protogen.Comments) string { return c.String() }

// trailing is a comment behind something on its line.
func trailing(c protogen.Comments) string {
	if c == "" {
		return ""
	}
	return " // " + strings.Join(strings.Fields(string(c)), " ")
}
