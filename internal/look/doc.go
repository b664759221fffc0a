// Package look is what the pages of the console have in common: the shell with
// its navigation, one style sheet for light and dark, the view library and the
// plotting library, and what keeps strangers out.
//
// # How a page is made
//
// A page is a Go value and a JavaScript module. The value says what stands
// around the content, the module draws the content into #main:
//
//	//go:embed static
//	var files embed.FS
//
//	here := look.Page{
//		Title: "Canon", Here: look.Canon, Sections: look.All, Root: "../",
//		Modules: []string{"canon/static/page.js"},
//	}
//	mux.Handle("GET /canon/{$}", here.Handler())
//	mux.Handle("GET /canon/static/", http.StripPrefix("/canon/", look.Static(files)))
//	look.Mount(mux) // once a server: the files of this package below /look/
//
// and in page.js:
//
//	import {html, render, useState} from "../../look/look.js";
//	render(html`<h1>Canon</h1>`, document.getElementById("main"));
//
// Every path is relative, with Root leading from the page to the top of the
// console, so that the same files work below any path and from any file server
// (Files is what such an export copies to look/).
//
// # The modules
//
//	look.js          html, render, the hooks, call, token, color, series (see there)
//	vendor/uplot.js  uPlot as default export; its style is vendor/uplot.css
//	theme.js         runs before the first paint and sets the theme
//
// The libraries in static/vendor are copies that scripts/vendor-js makes.
//
// # The style sheet
//
// look.css styles plain elements (headings, tables, buttons, forms, dialogs) and
// few classes: panel, row, scroll, n (a number's cell), faint, good, bad, lead,
// badge, quiet (a button that is not loud), danger, and wide and narrow, which
// are seen above or below the width of a phone only. Colours are variables that
// differ by theme: --ink --paper --raised --faint --line --accent --good --warn
// --bad, and --s1 to --s6 for series, chosen to be told apart by the colour-blind.
// A canvas knows no variables; color in look.js reads them for it, and the event
// "theme" on document tells when to read again.
//
// # What keeps strangers out
//
//	I1. No page runs or loads anything but files of its own server (Policy), and
//	    nobody may put it into a frame.
//	I2. A request is answered only if it names this server in its Host header,
//	    so that no foreign name that resolves to this machine (DNS rebinding)
//	    makes the console part of a foreign origin.
//	I3. Whatever is not a safe method needs the token, and must not come from
//	    another origin.
//	I4. The token is made anew at each start and travels in the fragment of the
//	    start line's URL, which browsers do not send, and then in a header.
//
// Guard keeps I2 and I3 for everything behind it.
package look
