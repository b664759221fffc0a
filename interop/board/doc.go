// Package board posts on a bulletin board of three real processes (parley serve board),
// by HTTP as a browser does and by a real Chromium, while they are cut off from each
// other and killed.
//
//	test ──HTTP──► parley serve board a ◄══► b ◄══► c
//	Chromium ────►
//
// What has to hold is what package serve/board promises: nothing that was posted is lost,
// and no page shows a reply without its post.
package board
