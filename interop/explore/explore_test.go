//go:build interop

package explore_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/browser"
	"github.com/parleysystems/parley/interop/explore"
)

func TestPictures(t *testing.T) {
	address, token := explore.Start(t)
	b := browser.Open(t)
	explore.Show(b, address, token, "/experiments/?experiment=raft/figure-8&seed=1&event=60")
	b.Await("an event", `document.querySelector("[data-event]")`)
	b.Shots("figure8")
	explore.Show(b, address, token, "/experiments/?experiment=raft/linearizable&seed=3")
	b.Shots("linearizable")
	explore.Show(b, address, token, "/experiments/?experiment=raft/committed-entry&seed=1&without=raft.election.up-to-date-check")
	b.Await("an event", `document.querySelector("[data-event]")`)
	b.Shots("without")
	b.Go(address + "/history/?experiment=raft/linearizable&seed=3")
	b.Await("intervals", `document.querySelector(".intervals svg")`)
	b.Shots("history")
	b.Go(address + "/canon/?find=shorter+log")
	b.Await("items", `document.querySelector("article")`)
	b.Shots("canon")
	b.Go(address + "/canon/")
	b.Await("items", `document.querySelector("table")`)
	b.Shots("chapters")
}
