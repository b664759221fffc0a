package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

func parseSeed(text string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is not a seed: a whole number, or a range such as 1..2000", text)
	}
	return n, nil
}

// planText returns a fault plan given as text or as @FILE.
func planText(flag string) (*string, error) {
	file, named := strings.CutPrefix(flag, "@")
	if !named {
		return &flag, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("fault plan: %w", err)
	}
	plan := string(text)
	return &plan, nil
}

func parseParams(list []string) (map[string]string, error) {
	params := map[string]string{}
	for _, entry := range list {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--set %s: write NAME=VALUE", entry)
		}
		params[name] = value
	}
	return params, nil
}
