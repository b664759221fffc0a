package main

import "testing"

func TestServeBoardRefusesWhatNobodyCanServe(t *testing.T) {
	for _, test := range []struct {
		code  int
		flags []string
		want  string
	}{
		{2, []string{"--replicas", "a"}, "no NAME=HOST:PORT"},
		{2, []string{"--name", "z"}, "none of --replicas"},
		{2, []string{"--http", "nowhere"}, "no HOST:PORT"},
		{1, []string{"--http", "0.0.0.0:0"}, "credentials"},
		{1, []string{"--replicas", "a=0.0.0.0:0"}, "credentials"},
		{1, []string{"--certificate", "none.pem", "--key", "none.pem", "--authority", "none.pem"}, "none.pem"},
	} {
		parley(t, append([]string{"serve", "board", "--data", t.TempDir()}, test.flags...)...).expect(t, test.code, test.want)
	}
}
