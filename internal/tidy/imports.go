package tidy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const harnesses = "systems/...test"

// Policy is the transitive closure of the table: below[a][b] says that a may
// import b.
type Policy struct {
	below map[string]map[string]bool
}

// ReadPolicy reads a table in the form of Order.
func ReadPolicy(table string) (*Policy, error) {
	p := &Policy{below: map[string]map[string]bool{}}
	var text strings.Builder
	for line := range strings.Lines(table) {
		line, _, _ = strings.Cut(line, "#")
		text.WriteString(line + " ")
	}
	for rule := range strings.SplitSeq(text.String(), ";") {
		if strings.TrimSpace(rule) == "" {
			continue
		}
		if err := p.addRule(rule); err != nil {
			return nil, err
		}
	}
	p.close()
	for layer, below := range p.below {
		if below[layer] {
			return nil, fmt.Errorf("%s stands below itself", layer)
		}
	}
	return p, nil
}

func (p *Policy) addRule(rule string) error {
	var lower []string
	sides := strings.Split(rule, "<")
	if len(sides) < 2 {
		return fmt.Errorf("no '<' in %q", strings.TrimSpace(rule))
	}
	for _, side := range sides {
		names := list(side)
		for _, upper := range names {
			if upper == "NONE" {
				continue
			}
			if p.below[upper] == nil {
				p.below[upper] = map[string]bool{}
			}
			for _, l := range lower {
				if l != "NONE" {
					p.below[upper][l] = true
				}
			}
		}
		lower = names
	}
	return nil
}

func (p *Policy) close() {
	for range p.below { // a path is no longer than there are layers
		for _, below := range p.below {
			for b := range below {
				for c := range p.below[b] {
					below[c] = true
				}
			}
		}
	}
}

// layer returns the name in the table that covers a package, or "".
func (p *Policy) layer(pkg string) string {
	if strings.HasPrefix(pkg, "systems/") && strings.HasSuffix(pkg, "test") {
		return harnesses
	}
	for name := pkg; ; {
		if _, ok := p.below[name]; ok {
			return name
		}
		cut := strings.LastIndexByte(name, '/')
		if cut < 0 {
			return ""
		}
		name = name[:cut]
	}
}

func list(names string) []string {
	fields := strings.Split(names, ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

// Imports returns what breaks the partial order. Test files may import what
// they like: Go itself keeps them from being imported.
func Imports(t *Tree, p *Policy) (found []Finding) {
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		from := f.Dir()
		if p.layer(from) == "" {
			found = append(found, Finding{f.Name, "the import table does not know " + from,
				"say in internal/tidy/order.go what stands below it and what above"})
			continue
		}
		for _, spec := range f.AST.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if what, do := p.forbids(from, path); what != "" {
				found = append(found, Finding{t.where(spec.Pos()), what, do})
			}
		}
	}
	return found
}

func (p *Policy) forbids(from, path string) (what, do string) {
	if to, ours := strings.CutPrefix(path, module+"/"); ours {
		if p.mayImport(from, to) {
			return "", ""
		}
		return fmt.Sprintf("%s must not import %s", from, to),
			"move what is needed below both, hand it in as a value or a function, or, if the order itself is wrong, change the table in internal/tidy/order.go"
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return "", "" // standard library
	}
	if mayUse(from, path) {
		return "", ""
	}
	return fmt.Sprintf("%s must not use %s", from, path),
		"use the standard library, or add the package with its reason to libraries in internal/tidy/order.go"
}

func (p *Policy) mayImport(from, to string) bool {
	a, b := p.layer(from), p.layer(to)
	if from == to || p.below[a][b] {
		return true
	}
	if _, free := open[a]; free && a == b {
		return true
	}
	_, listed := siblings[from+" -> "+to]
	return listed
}

func mayUse(from, path string) bool {
	for _, l := range libraries {
		if path != l.path && !strings.HasPrefix(path, l.path+"/") {
			continue
		}
		return slices.ContainsFunc(list(l.by), func(layer string) bool {
			return from == layer || strings.HasPrefix(from, layer+"/")
		})
	}
	return false
}
