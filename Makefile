# Yiwang from a fresh clone: `make demo` to see it, `make test` to trust it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Real data that some tests replay; a test that misses its folder says so and passes.
export YIWANG_DATA ?= $(abspath ../shared/data)
# A place for what runs leave behind.
RUNS := target/runs
YIWANG := target/release/yiwang
# Tests that replay weeks of data run this build, and compare it with their own.
export YIWANG_RELEASE := $(abspath $(YIWANG))
# Debian packages that only the tests of the page need.
PACKAGES := chromium fonts-noto-cjk
# How much `make test-long` does.
KILLS ?= 100
FUZZ_S ?= 60
CASES ?= 4096
EVENINGS ?= 20

say = @printf '\n→ %s\n'
NPM_CI := npm ci --no-audit --no-fund --loglevel=error
PAGE_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print 2>/dev/null)

# Forecasts by packages of other people on the same data, in an environment of their own.
PEERS := target/peers
PEERS_DATA := $(YIWANG_DATA)/hangzhou-metro-15min/observations.csv.gz

.PHONY: bench-peers
.PHONY: help demo build ui check test test-long bench bench-see packages
.PHONY: test-page test-rust test-golden test-browser fuzz

help:
	@echo 'make demo       build everything and serve the evening at http://127.0.0.1:8080'
	@echo 'make test       everything CI checks'
	@echo 'make check      formatting, clippy and the rules of the house'
	@echo 'make test-long  $(KILLS) kills, fuzzing of $(FUZZ_S) s a target, long property tests'
	@echo 'make bench      measure this machine'
	@echo 'make bench-see  estimates, findings and rates against the truth of 20 evenings'
	@echo 'make bench-peers  forecasts beside LightGBM and AutoETS (needs Python and PyPI)'
	@echo 'make build, ui  the binary; the page alone'

# The demo: needs Rust, Node and a C compiler.
demo: build
	$(say) 'the Bund, 2 October 2019, from 16:00, 60 times as fast: http://127.0.0.1:8080 (end with Ctrl-C)'
	@exec $(YIWANG) serve --site sites/bund --sim evening --speed 60

build: ui/dist/index.html
	$(say) 'the binary'
	@cargo build --release --locked --package yiwang

ui: ui/dist/index.html

ui/dist/index.html: ui/node_modules/.installed $(PAGE_SOURCES)
	$(say) 'the page'
	@cd ui && npm run --silent build
	@touch $@

# npm marks what it has installed; without the mark, or with another lock file, it is installed again.
ui/node_modules/.installed: ui/package-lock.json
	$(say) 'packages of the page'
	@cd ui && $(NPM_CI)
	@touch $@

check:
	$(say) 'the house'
	@cargo xtask check

test: packages test-page check build test-rust test-golden test-browser
	@printf '\nEverything holds.\n'

# The page without a browser; then built, because the binary embeds it.
test-page: ui/node_modules/.installed
	$(say) 'the page: types and unit tests'
	@cd ui && npm run --silent types:check && npm run --silent check && npm test --silent
	@$(MAKE) --no-print-directory ui

# The release build replays the same data beside the debug build of the tests.
test-rust: build
	$(say) 'the workspace'
	@YIWANG_RELEASE=$(abspath $(YIWANG)) cargo test --workspace --locked

# The state hash must have the same bits when the compiler optimises.
test-golden:
	$(say) 'the golden state hash in release'
	@cargo test --release --locked --package engine --test golden

test-browser: build
	$(say) 'the page in a browser'
	@cd ui && npm run --silent e2e

packages:
	@missing=; for package in $(PACKAGES); do \
	    dpkg -s "$$package" >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "The tests of the page need:$$missing. Run:"; \
	    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$$missing"; exit 1; fi; \
	printf '\n→ Debian packages:%s\n' "$$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get -qq update && apt-get -qq install -y --no-install-recommends $$missing >/dev/null

test-long: build
	$(say) '$(KILLS) kills under load'
	@YIWANG_KILLS=$(KILLS) cargo test --release --locked --package yiwang --test served killed -- --nocapture
	$(say) '$(EVENINGS) ordinary evenings'
	@YIWANG_RELEASE=$(abspath $(YIWANG)) YIWANG_EVENINGS=$(EVENINGS) cargo test --locked --package yiwang \
	    --test precursors -- --nocapture
	$(say) 'property tests, $(CASES) cases each'
	@PROPTEST_CASES=$(CASES) cargo test --release --locked \
	    --package city --package engine --package formats --package store
	$(say) 'the golden state hash with everything this processor has'
	@RUSTFLAGS='-C target-cpu=native' cargo test --release --locked --target-dir target/native \
	    --package engine --test golden
	@$(MAKE) --no-print-directory fuzz

# Each fuzz target, with the nightly toolchain that sanitizers need.
fuzz:
	@if ! cargo +nightly --version >/dev/null 2>&1; then \
	    echo 'Fuzzing needs a nightly toolchain. Run:'; echo '    rustup toolchain install nightly'; exit 1; fi
	@cargo +nightly fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
	@for target in $$(cargo +nightly fuzz list); do \
	    printf '\n→ fuzzing %s for %s s\n' "$$target" '$(FUZZ_S)'; \
	    mkdir -p "fuzz/corpus/$$target" $(RUNS); \
	    cargo +nightly fuzz run "$$target" "fuzz/corpus/$$target" "fuzz/seeds/$$target" -- \
	        -max_total_time=$(FUZZ_S) -print_final_stats=1 >$(RUNS)/fuzz.log 2>&1 \
	        || { tail -n 40 $(RUNS)/fuzz.log; exit 1; }; \
	    grep 'stat::number_of_executed_units' $(RUNS)/fuzz.log; \
	done

bench: build
	$(say) 'this machine'
	@mkdir -p $(RUNS)
	@$(YIWANG) bench ingest --json | tee $(RUNS)/bench.json

# Twenty evenings, five more whose sensors err otherwise than expected, twenty with a crowd that one camera alone sees,
# and the pace of a large city. A few minutes.
bench-see: build
	@mkdir -p $(RUNS)
	$(say) 'twenty evenings'
	@$(YIWANG) bench see --site sites/bund --seeds 1..20 --json > $(RUNS)/see.json
	$(say) 'five outside the priors'
	@$(YIWANG) bench see --site sites/bund --seeds 21..25 --outside-priors --json > $(RUNS)/see-outside.json
	$(say) 'twenty surges'
	@$(YIWANG) bench see --site sites/bund --seeds 1..20 --surge --json > $(RUNS)/see-surge.json
	$(say) 'a large city'
	@$(YIWANG) bench city --json | tee $(RUNS)/city.json

bench-peers: build
	$(say) 'forecasts of the metro beside LightGBM and AutoETS'
	@test -e $(PEERS)/.installed || (python3 -m venv $(PEERS) && $(PEERS)/bin/pip install --quiet \
	  numpy==2.4.6 lightgbm==4.7.0 statsforecast==2.1.1 && touch $(PEERS)/.installed)
	@OMP_NUM_THREADS=1 $(PEERS)/bin/python bench/peers.py $(YIWANG) $(PEERS_DATA) \
	  2019-01-15T00:00:00+08:00 2019-01-19T00:00:00+08:00
