package player

// Compare merges two layouts of one thing into one that shows what changed:
// everything of after, marked where it differs, and what is gone. The second
// result tells whether anything differs.
func Compare(before, after *Tree) (*Tree, bool) {
	if len(before.Children) == 0 && len(after.Children) == 0 {
		t := &Tree{Key: after.Key, Value: after.Value, Fold: after.Fold}
		if before.Value != after.Value {
			t.Mark, t.Was = "changed", before.Value
		}
		return t, t.Mark != ""
	}
	t := &Tree{Key: after.Key, Value: after.Value, Fold: after.Fold}
	changed := before.Value != after.Value
	old := map[string]*Tree{}
	for _, c := range before.Children {
		old[c.Key] = c
	}
	kept := map[string]bool{}
	for _, c := range after.Children {
		kept[c.Key] = true
		merged, differs := mark(c, "added"), true
		if was := old[c.Key]; was != nil {
			merged, differs = Compare(was, c)
		}
		t.Children = append(t.Children, merged)
		changed = changed || differs
	}
	for _, c := range before.Children {
		if !kept[c.Key] {
			t.Children = append(t.Children, mark(c, "removed"))
			changed = true
		}
	}
	if changed {
		t.Mark = "changed"
	}
	return t, changed
}

// mark returns a copy of a tree of which everything is marked.
func mark(t *Tree, with string) *Tree {
	m := &Tree{Key: t.Key, Value: t.Value, Fold: t.Fold, Mark: with}
	for _, c := range t.Children {
		m.Children = append(m.Children, mark(c, with))
	}
	return m
}
