package main

import "testing"

func TestServeNTPRefusesWhatNobodyCanServe(t *testing.T) {
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--stratum", "16"}, "stratum 16 is not from 1 to 15"},
		{[]string{"--reference", "LOCAL"}, "more than four characters"},
		{[]string{"--listen", "127.0.0.1"}, "missing port"},
	} {
		parley(t, append([]string{"serve", "ntp"}, test.flags...)...).expect(t, 1, test.want)
	}
	parley(t, "serve", "ntp", "extra").expect(t, 2, "does not fit", "--help")
	parley(t, "serve", "nothing").expect(t, 2, "there is no command", "--help")
}
