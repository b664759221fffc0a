package player

import (
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parleysystems/parley/node"
)

// Tree is a value laid out for reading: a leaf has a Value, everything else has
// Children. In a comparison, Mark says "added", "removed" or "changed", and Was
// what a changed leaf was before.
type Tree struct {
	Key      string  `json:"k"`
	Value    string  `json:"v,omitempty"`
	Was      string  `json:"was,omitempty"`
	Mark     string  `json:"m,omitempty"`
	Fold     bool    `json:"f,omitempty"` // of less interest: folded at first
	Children []*Tree `json:"c,omitempty"`
}

// Bounds of a tree.
const (
	maxNodes    = 4000
	maxDepth    = 10
	maxChildren = 100 // of a slice or map: the last ones of a slice
	maxText     = 160
)

// Render lays out a value. Fields that are unexported are read as well; what is
// zero or moves by itself (functions, timers, the environment) is left out.
func Render(key string, value any) *Tree {
	r := renderer{left: maxNodes, seen: map[uintptr]bool{}}
	t := r.tree(key, reflect.ValueOf(value), 0)
	if t == nil {
		t = &Tree{Key: key}
	}
	return t
}

type renderer struct {
	left int
	seen map[uintptr]bool // pointers on the way from the root
}

// hidden are types that say nothing about the state of a node.
var hidden = []reflect.Type{
	reflect.TypeFor[node.Env](), reflect.TypeFor[node.Timer](), reflect.TypeFor[node.Log](),
	reflect.TypeFor[node.FS](), reflect.TypeFor[node.File](), reflect.TypeFor[node.Task](),
}

func isHidden(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	}
	return slices.ContainsFunc(hidden, func(h reflect.Type) bool { return t == h || t.Implements(h) }) ||
		t.PkgPath() == "math/rand/v2" || t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "math/rand/v2"
}

func (r *renderer) tree(key string, v reflect.Value, depth int) *Tree {
	if !v.IsValid() || isHidden(v.Type()) {
		return nil
	}
	if r.left--; r.left < 0 || depth > maxDepth {
		return &Tree{Key: key, Value: "…"}
	}
	if text, ok := words(v); ok {
		return &Tree{Key: key, Value: text}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return r.pointer(key, v, depth)
	case reflect.Interface:
		return r.tree(key, v.Elem(), depth)
	case reflect.Struct:
		return r.fields(key, v, depth)
	case reflect.Slice, reflect.Array:
		return r.elements(key, v, depth)
	case reflect.Map:
		return r.entries(key, v, depth)
	}
	return &Tree{Key: key, Value: leaf(v)}
}

func (r *renderer) pointer(key string, v reflect.Value, depth int) *Tree {
	if v.IsNil() {
		return nil
	}
	if r.seen[v.Pointer()] {
		return &Tree{Key: key, Value: "(see above)"}
	}
	r.seen[v.Pointer()] = true
	defer delete(r.seen, v.Pointer())
	if v.CanInterface() {
		if i, ok := v.Interface().(node.Inspector); ok && i != nil {
			return r.tree(key, reflect.ValueOf(i.Inspect()), depth+1)
		}
	}
	return r.tree(key, v.Elem(), depth)
}

func (r *renderer) fields(key string, v reflect.Value, depth int) *Tree {
	t, last := &Tree{Key: key}, []*Tree(nil)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if v.Field(i).IsZero() && !plain(field.Type) || strings.HasPrefix(field.PkgPath, "sync") {
			continue
		}
		if c := r.tree(field.Name, v.Field(i), depth+1); c != nil {
			if c.Fold = settled(field); c.Fold {
				last = append(last, c)
			} else {
				t.Children = append(t.Children, c)
			}
		}
	}
	t.Children = append(t.Children, last...)
	return t
}

// settled tells which fields do not change while a node runs: what it was made
// with. They come behind the others.
func settled(f reflect.StructField) bool {
	of := f.Type
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	return strings.HasSuffix(of.Name(), "Config") || of.Name() == "Options" || slices.Contains([]string{"cfg", "config", "options"}, f.Name)
}

// plain tells what is shown even if it is zero, so that it does not come and go.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Func:
		return false
	}
	return true
}

func (r *renderer) elements(key string, v reflect.Value, depth int) *Tree {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return &Tree{Key: key, Value: quoted(bytesOf(v))}
	}
	t := &Tree{Key: key}
	from := max(0, v.Len()-maxChildren)
	if from > 0 {
		t.Children = append(t.Children, &Tree{Key: "…", Value: fmt.Sprintf("%d more", from)})
	}
	for i := from; i < v.Len(); i++ {
		if c := r.tree(nameOf(v.Index(i), i), v.Index(i), depth+1); c != nil {
			t.Children = append(t.Children, c)
		}
	}
	if len(t.Children) == 0 {
		t.Value = "[]"
	}
	return t
}

func bytesOf(v reflect.Value) []byte {
	b := make([]byte, 0, min(v.Len(), maxText+1))
	for i := range min(v.Len(), maxText+1) {
		b = append(b, byte(v.Index(i).Uint()))
	}
	return b
}

// nameOf names an element after what tells it from its neighbours, so that two
// states can be compared: its Index or ID if it has one, else its position.
func nameOf(v reflect.Value, position int) string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct && v.NumField() > 0 {
		switch name := v.Type().Field(0).Name; name {
		case "Index", "ID", "id", "Addr", "addr", "Name", "Slot", "Key":
			return strings.ToLower(name) + " " + leaf(v.Field(0))
		}
	}
	return strconv.Itoa(position)
}

func (r *renderer) entries(key string, v reflect.Value, depth int) *Tree {
	t := &Tree{Key: key}
	keys := v.MapKeys()
	slices.SortFunc(keys, compareKeys)
	for n, k := range keys {
		if n == maxChildren {
			t.Children = append(t.Children, &Tree{Key: "…", Value: fmt.Sprintf("%d more", len(keys)-n)})
			break
		}
		name := leaf(k)
		if k.Kind() == reflect.String {
			name = k.String()
		}
		if c := r.tree(name, v.MapIndex(k), depth+1); c != nil {
			t.Children = append(t.Children, c)
		}
	}
	if len(t.Children) == 0 {
		t.Value = "{}"
	}
	return t
}

func compareKeys(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return int(min(max(a.Int()-b.Int(), -1), 1))
	case a.CanUint():
		if a.Uint() == b.Uint() {
			return 0
		} else if a.Uint() < b.Uint() {
			return -1
		}
		return 1
	}
	return strings.Compare(leaf(a), leaf(b))
}

// words returns what a value says of itself, if it is one that knows better than
// its fields do.
func words(v reflect.Value) (string, bool) {
	if !v.CanInterface() {
		v = readable(v)
	}
	if !v.CanInterface() {
		return "", false
	}
	switch x := v.Interface().(type) {
	case slog.Value:
		return x.String(), true
	case error:
		return "", false
	case fmt.Stringer:
		if k := v.Kind(); k != reflect.Pointer && k != reflect.Interface && k != reflect.Slice && k != reflect.Map {
			return cut(x.String()), true
		}
	}
	return "", false
}

// readable returns a copy of a number or text from an unexported field, which
// may be asked for its words, or v itself.
func readable(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch {
	case v.CanInt():
		c.SetInt(v.Int())
	case v.CanUint():
		c.SetUint(v.Uint())
	case v.Kind() == reflect.String:
		c.SetString(v.String())
	default:
		return v
	}
	return c
}

func leaf(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return quoted([]byte(v.String()))
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	if text, ok := words(v); ok {
		return text
	}
	return cut(fmt.Sprint(v))
}

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

// quoted shows text as text; from binary data it picks what can be read.
func quoted(b []byte) string {
	more := ""
	if len(b) > maxText {
		b, more = b[:maxText], "…"
	}
	if utf8.Valid(b) || more != "" && utf8.Valid(b[:len(b)-utf8.UTFMax]) {
		if q := strconv.Quote(string(b)); !strings.Contains(q, `\x`) {
			return q + more
		}
	}
	shown := strings.Map(func(r rune) rune {
		if r >= ' ' && r < 0x7f {
			return r
		}
		return '·'
	}, string(b))
	if len(b) >= 2*maxHex && !legible.MatchString(shown) {
		return fmt.Sprintf("0x%x", b[:min(len(b), maxHex)]) + map[bool]string{true: "…"}[len(b) > maxHex]
	}
	return "‹" + shown + "›" + more
}

// legible is data that has words in it; what has none, such as a digest, is shown
// by its first bytes.
var legible = regexp.MustCompile(`[a-zA-Z0-9_./ -]{5}`)

// maxHex is how many bytes of a digest are shown: enough to tell two apart.
const maxHex = 8
