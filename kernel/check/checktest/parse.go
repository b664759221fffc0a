package checktest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
)

type operationOf = workload.Operation[workload.Request, workload.Response]

// Parse reads a history from lines "client call..return verb args -> answer".
// The answer of a read is its value ("-" for absent), "ok" for other verbs,
// "true" or "false" for a CAS, "?" for an unknown and "!" for a failed one.
func Parse(text string) History {
	var h History
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		call, answer, _ := strings.Cut(l, "->")
		f := strings.Fields(call)
		var op operationOf
		var from, to int64
		fmt.Sscanf(f[0]+" "+f[1], "%d %d..%d", &op.Client, &from, &to)
		op.Call, op.Return, op.Outcome = time.Duration(from), time.Duration(to), workload.OK
		op.In = parseRequest(f[2:])
		parseAnswer(&op, strings.TrimSpace(answer))
		h = append(h, op)
	}
	return byCall(h)
}

func parseRequest(f []string) workload.Request {
	var in workload.Request
	if err := in.Verb.UnmarshalText([]byte(f[0])); err != nil {
		panic(err)
	}
	in.Key = f[1]
	switch in.Verb {
	case workload.Write, workload.Append:
		in.Value = f[2]
	case workload.CAS:
		in.Expect, in.Value = strings.TrimPrefix(f[2], "-"), f[3]
	case workload.Add:
		fmt.Sscan(f[2], &in.Delta)
	}
	return in
}

func parseAnswer(op *operationOf, answer string) {
	switch {
	case answer == "?":
		op.Outcome, op.Return = workload.Unknown, workload.Never
	case answer == "!":
		op.Outcome = workload.Failed
	case op.In.Verb == workload.CAS:
		op.Out.Done = answer == "true"
	case op.In.Verb == workload.Add:
		fmt.Sscan(answer, &op.Out.Number)
	case answer != "ok" && answer != "-":
		op.Out.Value = answer
	}
}

// Show renders a history for a test's message.
func Show(h History) string {
	var b strings.Builder
	for i := range h {
		op := &h[i]
		fmt.Fprintf(&b, "#%d client %d %d..%d %v -> %s (%v)\n",
			op.ID, op.Client, op.Call, op.Return, op.In, op.Out.Render(op.In.Verb), op.Outcome)
	}
	return b.String()
}
