# Everything a contributor or a newcomer does, each target installing what it needs.
PYTHON ?= python3
PORT   ?= 8080
BIN    := .venv/bin
LOCKS  := requirements/runtime.txt requirements/demo.txt requirements/dev.txt
SOURCES := service store collectors finops dashboards alerts tests benchmarks docs

.DEFAULT_GOAL := help
.PHONY: help demo test test-spark focus-validator check lint types architecture bench soak lock clean browser

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

demo: .venv/.demo  ## start Lamplighter against an embedded AWS, with no AWS account (PORT=8080)
	$(BIN)/lamplighter demo --port $(PORT)

test: .venv/.dev browser  ## all tests, on SQLite, PostgreSQL, the embedded AWS and a real browser
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

test-spark: .venv/.dev  ## the queries of imported bills on a local Spark, in an environment of its own (needs Java)
	@sh .ci/spark $(PYTHON) || { test $$? -eq 3 && exit 0; exit 1; }; \
	  test ! -e .venv-spark/.ready || $(BIN)/pytest -m soak -n 0 tests/finops/test_lake_spark.py $(ARGS)

focus-validator: .venv/.dev  ## the FOCUS export before FOCUS's own validator, in an environment of its own (needs Python 3.12)
	@sh .ci/focus $(PYTHON) || { test $$? -eq 3 && exit 0; exit 1; }; \
	  test ! -e .venv-focus/.ready || $(BIN)/pytest -m soak -n 0 tests/finops/test_lake_validator.py $(ARGS)

check: lint types architecture test  ## what CI runs: lint, types, architecture, tests

lint: .venv/.dev  ## ruff, with everything on
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: .venv/.dev  ## mypy, strict
	$(BIN)/mypy

architecture: .venv/.dev  ## the walls between the packages
	$(BIN)/lint-imports

bench: .venv/.dev browser  ## every benchmark, minutes long; results are discussed in docs/benchmarks.md
	$(BIN)/python -m benchmarks

soak: .venv/.dev  ## long fault runs: kill -9 over and over, outages, throttles
	$(BIN)/pytest -m soak -n 0 tests/soak tests/shutdown $(ARGS)

lock: .venv/.dev  ## resolve the dependencies again and write the lock files
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml -o requirements/runtime.txt $(ARGS)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra demo -c requirements/runtime.txt pyproject.toml -o requirements/demo.txt $(ARGS)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --all-extras --group dev -c requirements/demo.txt pyproject.toml -o requirements/dev.txt $(ARGS)

clean:  ## remove what was installed and made here
	rm -rf .venv .venv-spark .venv-focus .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

browser:
	@sh .ci/browser

.venv/bin/pip:
	@$(PYTHON) -m venv .venv || sh .ci/venv $(PYTHON)

.venv/.demo: requirements/demo.txt pyproject.toml | .venv/bin/pip
	@test -e .venv/.dev || { echo "Installing Lamplighter and the embedded AWS into .venv (about a minute, once) ..."; \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/demo.txt && \
	  $(BIN)/pip install -q --disable-pip-version-check --no-deps -e . ; }
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/bin/pip
	@echo "Installing Lamplighter and its development tools into .venv (about a minute, once) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@
