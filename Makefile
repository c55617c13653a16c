# Each target is one line in `make help`: the words after its two hashes.
.DEFAULT_GOAL := help
.PHONY: help run setup web test test-clients check lint fmt bench fuzz prove-editions doctor clean

help: ## Lists the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Installs what is missing, starts the geoportal and prints its address
	@scripts/setup.sh run
	@exec .venv/bin/geo run

setup: ## Installs everything for running and checking, starts nothing
	@scripts/setup.sh check

web: ## Builds the map into web/dist
	@scripts/setup.sh run

test: ## Installs what is missing, Chromium too, and runs every check and test, as CI does
	@scripts/setup.sh test
	@scripts/test.sh

test-clients: ## Installs Debian's QGIS (minutes) and lets it read, compare and draw a running town
	@scripts/setup.sh clients
	@.venv/bin/python -m pytest -m clients tests/clients

check: ## The quick half: format, lint, types, import contracts, unit tests
	@scripts/setup.sh check
	@scripts/test.sh quick

lint: ## Says what the linters find
	@scripts/setup.sh check
	@.venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports --no-cache

fmt: ## Formats the Python code and mends what can be mended
	@scripts/setup.sh check
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

fuzz: ## Asks the API for minutes what nobody would ask, other things each time
	@scripts/setup.sh check
	@.venv/bin/python -m pytest tests/fuzz --fuzz-examples=$(or $(EXAMPLES),300)

# Data, peers' environments and what cargo built: outside the checkout, kept between runs, removed by hand.
bench: export GEO_BENCH_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/geo-bench
bench: export PEERS ?=
bench: ## Measures against peers and prints ratios; CASES="items tiles" only some, PEERS=all builds martin too
	@scripts/setup.sh check
	@scripts/system.sh bench
	@.venv/bin/python -m bench $(CASES)

prove-editions: ## Kills the geoportal's work at 200 random steps and looks what became of it; replay: SEED=…
	@scripts/setup.sh check
	@.venv/bin/python -m tests.prove $(if $(SEED),--seed $(SEED))

doctor: ## Checks the installation and says what to do
	@[ -x .venv/bin/geo ] || { echo "Nothing is installed yet: run 'make setup'." >&2; exit 1; }
	@.venv/bin/geo doctor

clean: ## Removes what was built and installed here; the data in data/var stay
	rm -rf .venv .venv-uv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info build
