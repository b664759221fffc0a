package tidy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parleysystems/parley/docs/canon"
	"github.com/parleysystems/parley/internal/tidy"
)

// small reads a tree made up of name, content, name, content...
func small(t *testing.T, files ...string) *tidy.Tree {
	t.Helper()
	fs := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fs[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	h, err := tidy.Load(fs)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// expect wants exactly the findings whose texts contain want, in order.
func expect(t *testing.T, found []tidy.Finding, want ...string) {
	t.Helper()
	if len(found) != len(want) {
		t.Fatalf("%d findings, want %d: %v", len(found), len(want), found)
	}
	for i := range want {
		if !strings.Contains(found[i].String(), want[i]) {
			t.Errorf("finding %d is %q, want %q", i, found[i], want[i])
		}
		if found[i].Do == "" {
			t.Errorf("finding %d does not say what to do", i)
		}
	}
}

func policy(t *testing.T) *tidy.Policy {
	t.Helper()
	p, err := tidy.ReadPolicy(tidy.Order)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const ours = "github.com/parleysystems/parley/"

func TestImportsFindsUpwardSidewardAndForeignImports(t *testing.T) {
	h := small(t,
		"node/node.go", `package node; import _ "`+ours+`kernel/wal"`,
		"kernel/wal/wal.go", `package wal; import (_ "`+ours+`kernel/disk"; _ "fmt")`,
		"kernel/task/task.go", `package task; import _ "golang.org/x/sys/unix"`,
		"systems/consensus/raft/raft.go", `package raft; import (_ "`+ours+`kernel/sim"; _ "`+ours+`node")`,
		"systems/consensus/raft/raft_test.go", `package raft; import _ "`+ours+`kernel/sim"`,
		"systems/consensus/raft/rafttest/cluster.go", `package rafttest; import (_ "`+ours+`kernel/sim"; _ "`+ours+`systems/consensus/raft")`,
		"systems/consensus/vr/vr.go", `package vr; import _ "`+ours+`systems/consensus/raft"`,
		"serve/etcd/door.go", `package etcd; import (_ "google.golang.org/grpc/codes"; _ "`+ours+`serve/host")`,
		"elsewhere/x.go", `package elsewhere`,
	)
	expect(t, tidy.Imports(h, policy(t)),
		"does not know elsewhere",
		"kernel/task must not use golang.org/x/sys/unix",
		"node must not import kernel/wal",
		"systems/consensus/raft must not import kernel/sim",
		"systems/consensus/vr must not import systems/consensus/raft",
	)
}

func TestPolicyRefusesACircle(t *testing.T) {
	if _, err := tidy.ReadPolicy("a < b; b < c; c < a;"); err == nil {
		t.Error("a circular table was accepted")
	}
}

func TestDocsFindsWhatIsMissing(t *testing.T) {
	long := strings.Repeat("that explains itself at length ", 6)
	h := small(t,
		"node/a.go", "// Package node "+long+"\npackage node\n\nfunc Bare() {}\n\n// Told does.\nfunc Told() {}\n\ntype T int\n\nfunc (T) String() string { return \"\" }\n\nfunc (t *T) Bare() {}\n\nfunc (t *private) Hidden() {}\n\ntype private int\n",
		"serve/b.go", "package serve\n\nfunc Bare() {}\n",
		"lab/c.go", "// Package lab is short.\npackage lab\n",
		"cmd/d.go", "// This is "+long+"\npackage cmd\n",
	)
	expect(t, tidy.ExportedDocs(h), "Bare is exported", "T is exported", "Bare is exported")
	expect(t, tidy.PackageDocs(h), "does not begin with", "has 22 characters", "has no comment")
}

func TestSizesFindsLongCodeAndIdleExceptions(t *testing.T) {
	body := func(n int) string { return "{\n" + strings.Repeat("_ = 0\n", n) + "}\n" }
	h := small(t,
		"a/long.go", "package a\nfunc f() "+body(69)+"func (t *T[K]) g() "+body(400)+"type T[K any] int\n",
		"a/fine.go", "package a\nfunc h() "+body(68),
		"a/long_test.go", "package a\nfunc TestX() "+body(500),
	)
	expect(t, tidy.Sizes(h, nil, nil), "a/long.go: 4", "a.f has 71 lines", "a.T.g has 402 lines")
	expect(t, tidy.Sizes(h, map[string]string{"a/long.go": "a table", "gone.go": "it was long"},
		map[string]string{"a.f": "a table", "a.T.g": "a table"}), "exception for gone.go is not needed")
}

func TestNamesFindsPackagesNamedForNothing(t *testing.T) {
	h := small(t, "a/util/x.go", "package util", "a/ring/x.go", "package helpers", "a/quorum/x.go", "package quorum")
	expect(t, tidy.Names(h), "called helpers", "called util")
}

func TestWordsFindsPlacesAndLeftovers(t *testing.T) {
	h := small(t,
		"a.go", "package a\n\n// TO"+"DO: later\n// TO"+"DO(#12): that ticket says when\n",
		"b.md", "see /wo"+"rk/main for it\na network of networks\n",
		"c_test.go", "package a\n\nvar _ = func() { time.Sl"+"eep(1) }\n",
	)
	expect(t, tidy.Words(h, nil), "a.go:3", "b.md:1", "c_test.go:3")
	expect(t, tidy.Words(h, map[string]string{"b.md: /wo" + "rk/": "an example of a bad path"}), "a.go:3", "c_test.go:3")
}

func TestModulesWantsEachDependencyExplained(t *testing.T) {
	h := small(t,
		"go.mod", "module x\n\nrequire example.com/single v1.0.0\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n\texample.com/c v1.0.0 // indirect\n)\n",
		"ARCHITECTURE.md", "- `example.com/a`: does what we should not do ourselves\n- `example.com/b`\n",
	)
	expect(t, tidy.Modules(h), "example.com/single", "example.com/b")
}

func TestRulesFindsUnknownIDsAndMarksInTests(t *testing.T) {
	ledger, err := canon.Load()
	if err != nil {
		t.Fatal(err)
	}
	known := ledger.Items()[0].ID
	h := small(t,
		"a.go", "package a\n\nfunc f() {\n\t//parley:rule "+known+" value=f(no, such)\n\tf()\n\t//parley:rule no.such.item\n\tf()\n}\n",
		"a_test.go", "package a\n\n//parley:rule "+known+"\n",
	)
	index, found := tidy.Rules(h, ledger)
	expect(t, found, "no item of the canon is called no.such.item", "marked in a test")
	if got := index[known]; len(got) != 2 || got[0] != "a.go:5" {
		t.Errorf("%s is enforced at %v, want the statement's a.go:5 first", known, got)
	}
}
