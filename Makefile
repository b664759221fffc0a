# `make test` is what must pass before a change lands. Everything else is longer, or a part of it.

GO       ?= go
SEEDS    ?= 1..40
SYSTEMS  ?= raft vr multipaxos pbft primarybackup chain craq paxos flp twophase kv engine \
	locking occ mvcc snapshotisolation schedule consistency rpc chandylamport logicalclock multicast \
	timesync checkpoint mapreduce
FUZZTIME ?= 30s
MINUTES  ?= 10
RULE     ?=
BIN      := $(shell mktemp -d -u)

# Packages with goroutines of their own; the rest has one loop and nothing to race with.
LIVE = ./kernel/live/... ./kernel/wal/... ./mapreduce/... ./serve/... ./cmd/...

.PHONY: test format vet staticcheck rules unit race together simulations interop \
	canon ledger soak knockout bench fuzz help

test: format vet staticcheck rules unit race together

format: ## gofmt has nothing to say
	@out=$$(gofmt -l $$(git ls-files '*.go' | grep -v '^internal/tidy/.*/testdata/')); \
	if [ -n "$$out" ]; then echo "gofmt -w these files:"; echo "$$out"; exit 1; fi

vet: ## go vet, of all there is; go test need not do it again
	$(GO) vet -tags interop ./...

staticcheck: ## the linter, at the version that tools/go.mod pins
	$(GO) tool -modfile=tools/go.mod staticcheck -tags interop ./...

rules: ## the house rules: imports, determinism, docs, sizes, words, canon; and types for macOS
	$(GO) test -count=1 ./internal/tidy/...

unit: ## unit tests, examples, and the seeds of all fuzz targets
	$(GO) test -vet=off $$($(GO) list ./... | grep -v -e /internal/tidy -e /interop -e '/systems/.*test$$' -e '/cmd/parley$$') # the command: in race
	$(GO) test -vet=off -short $$($(GO) list ./systems/... | grep 'test$$') # at length in simulations

together: ## simulations on what interop leaves of the processors
	GO='$(GO)' scripts/together

simulations: ## fixed seeds of every system; each seed runs twice and must not differ
	@$(GO) build -o $(BIN)/parley ./cmd/parley
	@for s in $(SYSTEMS); do $(BIN)/parley check $$s --seeds $(SEEDS) || exit 1; done

race: ## the packages that have goroutines, under the race detector
	$(GO) test -vet=off -race -short $(LIVE) # what is long has run without it

interop: ## real clients against real processes
	scripts/interop

canon: ## bring docs/canon/rules.json up to date with the //parley:rule lines
	$(GO) test ./internal/tidy -run TestRuleIndexIsFresh -update

ledger: canon ## run every experiment and every knock-out, and put the outcome on record
	$(GO) run ./cmd/parley check $(SYSTEMS) --seeds 1..2000 --record .
	$(GO) run ./cmd/parley knockout --record

soak: ## new seeds for MINUTES minutes, every system
	@$(GO) build -o $(BIN)/parley ./cmd/parley
	@for s in $(SYSTEMS); do $(BIN)/parley check $$s --minutes $(MINUTES) || exit 1; done

knockout: ## take each marked rule out and see its experiment fail; RULE=part of an id
	$(GO) run ./cmd/parley knockout --record $(RULE)

bench: ## benchmarks beside the peers; needs a quiet machine
	$(GO) run ./cmd/parley bench sim wire raft kv rpc mr

fuzz: ## every fuzz target for FUZZTIME
	scripts/fuzz $(FUZZTIME)

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
