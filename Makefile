# modelgate: the only door. `make` prints what it can do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# what is installed once, by version, and outlives `make clean`
export MODELGATE_CACHE ?= $(HOME)/.cache/modelgate

WASM := wasm32-wasip1
CARGO_OUT := $(or $(CARGO_TARGET_DIR),target)
DIST := target/dist
MODULE := $(CARGO_OUT)/$(WASM)/filter/modelgate_filter.wasm
PORTABLE := $(CARGO_OUT)/portable/$(WASM)/filter/modelgate_filter.wasm
NAME := modelgate
STAMP := .shrunk
CLIPPY := cargo clippy --quiet --locked
# what Rust emits for the target, vectors for the bodies, and no more: Envoy's V8 has all of it
WASM_FEATURES := --enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-nontrapping-float-to-int \
    --enable-sign-ext --enable-simd
# what the proxy may call, and the module is made of what it reaches; a test compares it with the callbacks that the code has
EXPORTS := filter/exports.json
# functions stay small: V8 compiles each as a whole, and the proxy keeps the memory that the largest took
WASM_OPT := -O3 --one-caller-inline-max-function-size 0
# the suites of the crate `tests`; those that start servers have targets of their own
SUITES := $(shell sed -n '/^\[\[test\]\]/ { n; s/name = "\(.*\)"/\1/p }' tests/Cargo.toml)
FAST := $(filter-out envoy issuers mesh servers, $(SUITES)) bounds replay
# always the same packages, so that their dependencies are built once, with one set of features
PACKAGES := -p policies -p scan -p compiler -p cli -p tests -p fuzz
TEST := cargo test --quiet --locked $(PACKAGES)
# one program shows the example, leaves it running and ends it
DEMO := cargo build --quiet --locked $(PACKAGES) --bin demo && $(CARGO_OUT)/debug/demo
DENY_WARNINGS := -- --deny warnings
# how long `fuzz` looks for inputs that break one reader, and which readers
SECONDS_EACH := 60
TARGETS :=
# how many requests `soak` sends to each Envoy
COUNT := 1000000

# the module says nothing of the machine that built it, and has vectors
export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS := --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src/= \
    -C target-feature=+simd128

.PHONY: help
help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install the Rust targets and the tools of `check` and `build`, where they are missing
	@rustup --quiet target add $(WASM)
	@rustup --quiet component add clippy rustfmt
	@cargo fetch --quiet --locked
	@tests/setup/cargo-deny.sh > /dev/null
	@tests/setup/binaryen.sh > /dev/null
	@tests/setup/actionlint.sh > /dev/null
	@tests/setup/ci-tools.sh > /dev/null

.PHONY: build
build: setup ## the command line and the filter: target/dist/modelgate and target/dist/modelgate.wasm
	@mkdir -p $(DIST)
	cargo build --quiet --locked --release -p cli
	@install -m 755 $(CARGO_OUT)/release/modelgate $(DIST)/.modelgate
	@mv $(DIST)/.modelgate $(DIST)/modelgate
	cargo build --quiet --locked --profile filter -p filter --target $(WASM)
	@[ -e $(DIST)/modelgate.wasm ] && sha256sum $(MODULE) $(EXPORTS) | cmp --silent - $(DIST)/.shrunk || $(MAKE) shrink
	@wc -c $(DIST)/modelgate $(DIST)/modelgate.wasm | sed "/total/d"

.PHONY: portable
portable: build ## the filter for hosts that verify no signatures: target/dist/modelgate-portable.wasm
	cargo build --quiet --locked --profile filter -p filter --features portable --target $(WASM) --target-dir $(CARGO_OUT)/portable
	@[ -e $(DIST)/modelgate-portable.wasm ] && sha256sum $(PORTABLE) $(EXPORTS) | cmp --silent - $(DIST)/.shrunk-portable || \
		$(MAKE) shrink MODULE=$(PORTABLE) NAME=modelgate-portable STAMP=.shrunk-portable
	@wc -c $(DIST)/modelgate-portable.wasm

.PHONY: demo up down
demo: build ## the example on this machine: real Envoy, OIDC provider and model servers; a table of requests
	@$(DEMO)

up: build ## the same, left running, with requests to try by hand
	@$(DEMO) up

down: ## end what `up` started
	@$(DEMO) down

.PHONY: shrink
shrink:
	"$$(tests/setup/binaryen.sh)/wasm-metadce" $(WASM_FEATURES) --graph-file $(EXPORTS) -o $(DIST)/.$(NAME).wasm $(MODULE) > /dev/null
	"$$(tests/setup/binaryen.sh)/wasm-opt" $(WASM_FEATURES) $(WASM_OPT) -o $(DIST)/.$(NAME).wasm $(DIST)/.$(NAME).wasm
	@mv $(DIST)/.$(NAME).wasm $(DIST)/$(NAME).wasm
	@sha256sum $(MODULE) $(EXPORTS) > $(DIST)/$(STAMP)

.PHONY: fmt
fmt: ## format the Rust code
	cargo fmt --all

# each step of `check` is a target of its own, so that a test can ask one of them about a broken tree
CHECKS := check-format check-policies check-scan check-compiler check-cli check-filter check-tests check-fuzz check-deny check-tidy check-actions

.PHONY: check $(CHECKS)
check: setup $(CHECKS) ## format, lints of every crate alone and of the parts for CI, house rules, licenses and dependencies

check-format:
	cargo fmt --all --check

check-policies:
	$(CLIPPY) -p policies --all-targets $(DENY_WARNINGS)
	$(CLIPPY) -p policies --all-targets --all-features $(DENY_WARNINGS)

check-scan:
	$(CLIPPY) -p scan --all-targets $(DENY_WARNINGS)

check-compiler:
	$(CLIPPY) -p compiler --all-targets $(DENY_WARNINGS)

check-cli:
	$(CLIPPY) -p cli --all-targets $(DENY_WARNINGS)

check-filter:
	$(CLIPPY) -p filter --target $(WASM) $(DENY_WARNINGS)

check-tests:
	$(CLIPPY) -p tests --all-targets $(DENY_WARNINGS)

check-fuzz:
	$(CLIPPY) -p fuzz --all-targets $(DENY_WARNINGS)

check-deny:
	"$$(tests/setup/cargo-deny.sh)/bin/cargo-deny" --log-level error --offline check bans licenses sources

check-tidy:
	$(TEST) --test tidy

check-actions:
	.ci/lint

.PHONY: test
test: build ## every test; the last line is `N passed, N failed`
	@tests/report.py test-fast test-fuzz test-envoy test-issuers test-mesh

# the scanners' answers to the same bodies, with words and with vectors
.PHONY: vectors-build
vectors-build: setup
	cargo build --quiet --locked --profile filter -p scan --example answers
	cargo build --quiet --locked --profile filter -p scan --example answers --target $(WASM)

.PHONY: test-fast
test-fast: build vectors-build ## every test that starts no server
	$(TEST) --no-fail-fast --lib --bins $(FAST:%=--test %)

.PHONY: fuzz fuzz-build fuzz-corpora
fuzz: fuzz-build ## new inputs for everything that reads what a stranger wrote: SECONDS_EACH=60, TARGETS="json token ..."
	@tests/fuzz/run.sh "-max_total_time=$(SECONDS_EACH)" $(TARGETS)

fuzz-corpora: fuzz-build ## make the corpora of what `fuzz` found anew, as small as they can be
	@tests/fuzz/corpora.sh $(TARGETS)

# with the dependencies of `build`, which are not compiled otherwise: only what reads a stranger's bytes is
fuzz-build:
	RUSTC_WORKSPACE_WRAPPER="$(CURDIR)/tests/fuzz/instrument.sh" cargo build --quiet --locked --release -p fuzz --features engine --bin fuzz

.PHONY: test-fuzz
test-fuzz: build fuzz-build ## a few seconds of `fuzz` for each reader, the same inputs each time as far as libFuzzer can
	@rm -rf target/fuzz/short
	@WORK=target/fuzz/short tests/fuzz/run.sh "-seed=1 -runs=20000 -max_total_time=5"

.PHONY: test-envoy
test-envoy: build portable ## the corpus through a real Envoy, which a real Prometheus scrapes; what `import` says beside Istio's own filters
	@tests/setup/prometheus.sh > /dev/null
	@tests/setup/istio-filters.sh > /dev/null
	$(TEST) --test envoy

.PHONY: soak
soak: build ## a million requests of all kinds through one Envoy in each body mode: COUNT=1000000
	MODELGATE_SOAK=$(COUNT) $(TEST) --test envoy -- --nocapture --test-threads 1 soak:

.PHONY: test-issuers
test-issuers: build ## keys of a real OpenID provider, rotated while requests flow
	$(TEST) --test issuers -- --skip keycloak

.PHONY: test-keycloak
test-keycloak: build ## tokens of a real Keycloak; needs Java 17 and, once, Maven
	$(TEST) --test issuers -- keycloak

.PHONY: test-mesh
test-mesh: build ## the compiled resources in a real Istio mesh, in private namespaces
	tests/mesh/run.sh

.PHONY: test-servers
test-servers: build ## real model servers and clients behind the filter: thousands of requests each, built to confuse
	$(TEST) --test servers

.PHONY: bench
bench: build ## CPU a request, beside Envoy's own filters and OPA; also target/bench/results.json
	@tests/setup/envoy.sh > /dev/null
	@tests/setup/opa.sh > /dev/null
	cargo build --quiet --locked $(PACKAGES) --bin bench
	@$(CARGO_OUT)/debug/bench

.PHONY: bench-tools
bench-tools: build ## time of each tool of the command line over 100,000 rules; also target/bench/tools.json
	cargo build --quiet --locked $(PACKAGES) --bin bench
	@$(CARGO_OUT)/debug/bench tools

.PHONY: bench-worst
bench-worst: build ## CPU of the worst requests that are accepted, and memory of 10,000 that trickle
	@tests/setup/envoy.sh > /dev/null
	cargo build --quiet --locked $(PACKAGES) --bin bench
	@$(CARGO_OUT)/debug/bench worst

.PHONY: scan-speed
scan-speed: setup ## milliseconds that the scanners take in V8 for a megabyte of the worst bodies
	cargo build --quiet --locked --profile filter -p scan --example worst_bodies --target $(WASM)
	@# with a collector beside it, node 20 crashes at the end, when all is printed
	@node --no-warnings --single-threaded-gc tests/vectors/run.mjs $(CARGO_OUT)/$(WASM)/filter/examples/worst_bodies.wasm $(if $(ONLY),"$(ONLY)")

.PHONY: chart
chart: ## the figures of the last `bench`, and a chart of them, into docs/cost
	@cp target/bench/results.json docs/cost/results.json
	cargo build --quiet --locked $(PACKAGES) --bin bench
	@$(CARGO_OUT)/debug/bench chart docs/cost/results.json

.PHONY: clean
clean: ## remove what was built here; the cache of installed tools stays
	rm -rf target
