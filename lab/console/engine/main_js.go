package main

import (
	"context"
	"syscall/js"

	"github.com/parleysystems/parley/lab/console/player"

	_ "github.com/parleysystems/parley/lab" // registers all experiments
)

// main offers parleyAsk(text, done) to the worker that runs the program, and
// tells it so by parleyReady. done is called with an error's text or null, the
// answer as a Uint8Array, and its content type.
func main() {
	p := player.New()
	js.Global().Set("parleyAsk", js.FuncOf(func(_ js.Value, args []js.Value) any {
		text, done := args[0].String(), args[1]
		go func() {
			answer, kind, err := p.Ask(context.Background(), []byte(text))
			if err != nil {
				done.Invoke(err.Error(), js.Null(), "")
				return
			}
			b := js.Global().Get("Uint8Array").New(len(answer))
			js.CopyBytesToJS(b, answer)
			done.Invoke(js.Null(), b, kind)
		}()
		return nil
	}))
	js.Global().Call("parleyReady")
	select {}
}
