//go:build interop

package explore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/parleysystems/parley/interop/browser"
	"github.com/parleysystems/parley/interop/explore"
	"github.com/parleysystems/parley/interop/hosts"
)

// Expressions about the page.
const (
	eventShown = `document.querySelector("[data-event]")?.dataset.event`
	eventTitle = `document.querySelector("[data-event] h2").textContent`
	state      = `document.querySelector("[data-event] .panel:nth-child(2)").innerText`
	verdict    = `document.querySelector("[data-verdict]").dataset.verdict`
	hash       = `document.querySelector("[data-hash]").dataset.hash`
)

func awaitEvent(b *browser.Tab) {
	b.Await("the event that was chosen", `document.querySelector("[data-event]")?.dataset.event === new URLSearchParams(location.search).get("event")`)
}

func TestARunIsSteppedThrough(t *testing.T) {
	address, token := explore.Start(t)
	b := browser.Open(t)
	b.Go(address + "/experiments/#token=" + token)
	b.Await("the experiments", `document.querySelectorAll("#experiment option").length > 10`)
	b.Shots("welcome")
	b.Press("#search", "up-to-date")
	b.Await("the experiments that speak of it", `(all => all.length < 20 && all.some(a => a.textContent === "raft/committed-entry"))([...document.querySelectorAll(".questions a")])`)
	explore.Show(b, address, token, "/experiments/?experiment=raft/figure-8&seed=1")
	if got := browser.Get[string](b, verdict); got != "ok" {
		t.Fatalf("the run is %s", got)
	}
	var titles []string
	for range 24 {
		before := browser.Get[string](b, `(`+eventShown+`) ?? ""`)
		b.Press("canvas", kb.ArrowRight)
		b.Await("the next event", `((`+eventShown+`) ?? "") !== `+fmt.Sprintf("%q", before))
		awaitEvent(b)
		titles = append(titles, browser.Get[string](b, eventTitle))
	}
	for _, want := range []string{"a/raft: campaign", "receives raft.RequestVote", "a/raft receives raft.RequestVoteReply"} {
		if !strings.Contains(strings.Join(titles, "\n"), want) {
			t.Errorf("no %q among the first events:\n%s", want, strings.Join(titles, "\n"))
		}
	}
	b.Await("the state in the paper's words", state+`.includes("CurrentTerm") && `+state+`.includes("VotedFor")`)
	b.Shots("step")
	was := browser.Get[string](b, eventShown)
	b.Press("canvas", kb.ArrowLeft)
	b.Await("the event before", eventShown+fmt.Sprintf(" !== %q", was))
	awaitEvent(b)
	shared := browser.Get[string](b, "location.href")
	other := browser.Open(t)
	other.Go(shared + "#token=" + token)
	awaitEvent(other)
	if a, c := browser.Get[string](b, eventTitle), browser.Get[string](other, eventTitle); a != c {
		t.Errorf("the shared address shows %q, not %q", c, a)
	}
}

// A person who has never seen Raft asks why a candidate with a shorter log must
// not win: from the claim in the ledger to what happens without its rule.
func TestFromAClaimToItsCounterexample(t *testing.T) {
	address, token := explore.Start(t)
	b := browser.Open(t)
	b.Go(address + "/canon/#token=" + token)
	b.Await("the ledger", `document.querySelectorAll("table tbody tr").length > 20`)
	b.Shots("chapters")
	b.Press("input[name=find]", "shorter log"+kb.Enter)
	item := `article[id="raft.election.up-to-date-check"]`
	b.Await("the claim", `document.querySelector('`+item+`')`)
	b.Click(item + " summary")
	b.Await("the rule's line", `document.querySelector('`+item+` .source b').textContent.trim() !== ""`)
	b.Shots("claim")
	b.Click(item + " a.bad")
	explore.Compiled(b)
	b.Await("what happens without the rule", verdict+` === "violation"`)
	if text := browser.Get[string](b, `document.querySelector(".outcome").textContent`); !strings.Contains(text, "leader completeness") {
		t.Errorf("the violation is %q", text)
	}
	awaitEvent(b)
	b.Await("the event that broke the promise", eventTitle+` === "A promise is broken"`)
	b.Await("the leader's log", state+`.includes("leader") && `+state+`.includes("Log")`)
	b.Shots("counterexample")
	b.Await("that only what is needed is marked", `document.querySelector(".witness").dataset.narrowed === "yes"`)
	if needed, all := browser.Get[int](b, `document.querySelector("canvas").diagram.view.run.steps.length`), browser.Get[int](b, `document.querySelector("canvas").diagram.view.run.summary.witness.length`); needed >= all || needed > 60 {
		t.Errorf("of %d steps that lead to the violation %d are marked as needed", all, needed)
	}
	before := browser.Get[int](b, `document.querySelector("canvas").diagram.view.count`)
	b.Click("button[title='only what the violation depends on']")
	b.Await("only its causes", fmt.Sprintf(`document.querySelector("canvas").diagram.view.count < %d`, before))
	b.Shots("causes")

	b.Click("p[role=note] button")
	b.Await("the same run with the rule", verdict+` === "ok"`)
}

func TestWhatIfAHostHadCrashed(t *testing.T) {
	address, token := explore.Start(t)
	b := browser.Open(t)
	explore.Show(b, address, token, "/experiments/?experiment=raft/linearizable&seed=3&event=900")
	awaitEvent(b)
	b.Click(`[data-event] .row button`)
	b.Await("the run beside", `document.querySelectorAll("[data-verdict]").length === 2`)
	b.Await("where they part", `document.querySelectorAll("[data-verdict]")[1].innerText.includes("differs from the first from event")`)
	b.Shots("whatif")
}

func TestAHistoryWithoutAnOrderShowsWhere(t *testing.T) {
	address, token := explore.Start(t)
	b := browser.Open(t)
	explore.Show(b, address, token, "/experiments/?experiment=raft/leases&seed=1")
	seed := browser.Get[int](b, `(async () => {
		const {ask} = await import("./static/source.js");
		for (let seed = 1; seed <= 60; seed++) {
			const spec = {experiment: "raft/leases", seed}, without = "consistency.linearizable.write-then-read";
			const run = await ask({do: "run", spec}, without);
			if (run.verdict !== "violation") continue;
			const history = await ask({do: "history", spec}, without);
			if (history.objects.some(o => o.verdict === "violation")) return seed;
		}
		return 0;
	})()`)
	if seed == 0 {
		t.Fatal("no seed shows what the rule is for")
	}
	b.Go(fmt.Sprintf("%s/history/?experiment=raft/leases&seed=%d&without=consistency.linearizable.write-then-read", address, seed))
	b.Await("the answer that fits nowhere", `document.querySelector(".intervals .stuck")`)
	b.Await("the operations that show it", `document.querySelectorAll(".intervals .witness").length >= 1 && document.querySelector("[data-reason]").textContent.includes("had returned at")`)
	b.Click("button.danger")
	b.Await("the violation in the window", `(() => {
		const mark = document.querySelector(".intervals .stuck").getBoundingClientRect(), frame = document.querySelector(".intervals").getBoundingClientRect();
		return mark.right > frame.left && mark.left < frame.right;
	})()`)
	b.Shots("stuck")
	b.Go(fmt.Sprintf("%s/experiments/?experiment=raft/leases&seed=%d&without=consistency.linearizable.write-then-read", address, seed))
	b.Await("the operations above the diagram", `document.querySelector("canvas").diagram.view.run.summary.operations.length >= 2`)
	awaitEvent(b)
	b.Shots("stuck-diagram")
}

// A recording of live hosts is looked at as a run is: it is given on the command
// line or to the page.
func TestARecordingOfLiveHostsIsSteppedThrough(t *testing.T) {
	dir := t.TempDir()
	up := browser.StartUp(t, "--record", filepath.Join(dir, "run.jsonl"))
	b := browser.Open(t)
	b.Go(up.Link)
	b.Await("a leader", `document.querySelectorAll("tr[data-role=leader]").length === 1`)
	b.Click("tr[data-role=leader] button[data-action=kill]")
	b.Await("another", `document.querySelectorAll("tr[data-role=leader]").length === 1 && document.querySelector("tr[data-role=down]")`)
	b.Go("about:blank") // or the page would miss its server
	up.Stop()

	address, token := explore.Start(t, "--open", filepath.Join(dir, "run.jsonl"))
	explore.Show(b, address, token, "/experiments/?recording=run.jsonl")
	b.Click("section details:not(.witness) summary")
	b.Press("input[id^=find]", "campaign"+kb.Enter)
	b.Await("only campaigns", `document.querySelector("canvas").diagram.view.filter.found?.size > 1`)
	b.Press("canvas", kb.ArrowRight)
	b.Await("the campaign", eventTitle+`.includes("campaign")`)
	b.Shots("recording")

	other, token := explore.Start(t)
	b.Go(other + "/experiments/#token=" + token)
	b.Await("the way to open one", `document.querySelector("#recording")`)
	b.Do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#recording"), []string{filepath.Join(dir, "run.jsonl")}))
	b.Await("the recording", verdict+` === "recorded"`)
	b.Press("canvas", "v")
	b.Press("canvas", kb.End)
	awaitEvent(b)
}

// A million events are moved through, from all of them to some dozens, by the
// pointer. What is judged is work, not the clock on the wall, which says more
// about what else the machine does: the time that the page computes for a frame,
// as the median, and the processor time of all of the browser's processes.
func TestAMillionEventsMoveAtInteractiveSpeed(t *testing.T) {
	const (
		frames  = 100
		compute = 16.0 // ms a frame, of the page's own code
		work    = 60.0 // ms a frame, of all processes: drawing is done by the processor here
	)
	address, token := explore.Start(t)
	b := browser.Open(t)
	explore.Show(b, address, token, "/experiments/?experiment=raft/linearizable&seed=5&set.duration=2800s&set.ops=20000&faults=")
	if n := browser.Get[int](b, `document.querySelector("canvas").diagram.view.run.n`); n < 1_000_000 {
		t.Fatalf("the run has %d events", n)
	}
	b.Shots("million")
	b.Await("the diagram", `document.querySelector("canvas").diagram.frames.length > 0`)
	for _, window := range []float64{1_000_000, 100_000, 10_000, 3_000, 300, 60} {
		before := b.Work()
		moved := browser.Get[struct{ Median, Interval float64 }](b, fmt.Sprintf(scrub, window, frames))
		spent := 1000 * (b.Work() - before).Seconds() / frames
		t.Logf("%7.0f events in the window: a frame is computed in %.1f ms and takes %.1f ms of processors; one comes every %.1f ms",
			window, moved.Median, spent, moved.Interval)
		if moved.Median > compute || spent > work {
			t.Errorf("with %.0f events in the window a frame is computed in %.1f ms, want %.0f, and takes %.1f ms of processors, want %.0f",
				window, moved.Median, compute, spent, work)
		}
	}
	b.Press("canvas", kb.End)
	awaitEvent(b)
	b.Shots("million-end")
}

// scrub sets the width of the window and drags it through the whole run by the
// overview below the diagram.
const scrub = `(async () => {
	const canvas = document.querySelector("canvas"), d = canvas.diagram, box = canvas.getBoundingClientRect(), moves = %[2]d;
	d.zoom(d.inner / (%[1]f * d.view.end / d.view.count) / d.scale);
	const point = (type, x) => canvas.dispatchEvent(new PointerEvent(type, {pointerId: 1, bubbles: true, clientX: box.left + x, clientY: box.bottom - 20}));
	canvas.setPointerCapture = () => {};
	const frame = () => new Promise(requestAnimationFrame), times = [];
	await frame();
	d.frames.length = 0;
	point("pointerdown", 90);
	for (let n = 0; n < moves; n++) {
		point("pointermove", 90 + n * (box.width - 110) / moves);
		times.push(await frame());
	}
	point("pointerup", 90);
	const sorted = d.frames.slice().sort((a, b) => a - b);
	if (sorted.length < .9 * moves) throw new Error("only " + sorted.length + " frames were painted");
	return {Median: sorted[sorted.length >> 1], Interval: (times.at(-1) - times[0]) / (times.length - 1)};
})()`

// The exported pages need no server of ours: the simulator runs in them, and the
// same seed gives the same run.
func TestAnExportRunsInThePage(t *testing.T) {
	binary, err := hosts.Parley()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(binary, "explore", "--export", dir)
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer files.Close()
	address, token := explore.Start(t)

	b := browser.Open(t)
	const run = "/experiments/?experiment=raft/linearizable&seed=4"
	explore.Show(b, address, token, run)
	server := browser.Get[string](b, hash)
	explore.Show(b, files.URL, "", run)
	if page := browser.Get[string](b, hash); page != server {
		t.Errorf("the run in the page has hash %s, on the server %s", page, server)
	}
	explore.Show(b, files.URL, "", run+"&event=2000")
	awaitEvent(b)
	b.Press("canvas", kb.ArrowRight)
	b.Await("a state", state+`.includes("CurrentTerm")`)
	b.Go(files.URL + "/experiments/?experiment=raft/committed-entry&seed=1&without=raft.election.up-to-date-check")
	b.Await("what happens without a rule, in the page", verdict+` === "violation"`)
	b.Go(files.URL + "/canon/?item=raft.election.up-to-date-check")
	b.Await("the rule's line", `document.querySelector(".source b").textContent.trim() !== ""`)
}

func TestStrangersRunNothing(t *testing.T) {
	address, token := explore.Start(t)
	b := browser.Open(t)
	b.Expect("401")
	b.Go(address + "/experiments/?experiment=raft/figure-8&seed=1")
	b.Await("that the token is missing", `document.querySelector("[role=alert]").textContent.includes("token")`)
	explore.Show(b, address, token, "/experiments/?experiment=raft/figure-8&seed=1")
}
