# Two commands do everything on a fresh machine: `make run` (the main job) and `make test`.
.PHONY: run test unit engine check wheel bench table pages lock

SHELL := /bin/sh
BIN := .venv/bin

run: .venv/installed
	sh scripts/engine.sh --wanted
	mkdir -p report
	$(BIN)/dbtls run --json report/report.json --junit report/junit.xml --html report/index.html

# By file, in the order of tests/conftest.py: fixtures of a module start servers, and the longest comes first.
test: check engine
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# What needs no container engine.
unit: .venv/installed
	$(BIN)/pytest -n 2 --dist worksteal -m 'not servers'

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy dbtls harness scenarios tests loadtests

# dist/dbtls-….whl: `pipx install` it, or `pip install` it where your tests run.
wheel: .venv/installed
	rm -rf dist
	$(BIN)/python -m hatchling build -t wheel
	@ls dist/*.whl

engine: .venv/installed
	sh scripts/engine.sh

bench: .venv/installed engine
	$(BIN)/python loadtests/bench.py
	$(BIN)/python loadtests/judge_bench.py
	$(BIN)/python loadtests/rate_bench.py --server mysql-8.0.31 --processes 2

# Measures every build that is made and writes the table of them in docs/servers.md.
table: .venv/installed engine
	$(BIN)/python loadtests/servers_table.py

# Writes what docs/servers.md and docs/causes.md have from code and data.
pages: .venv/installed
	$(BIN)/python -m scripts.pages

.venv/installed: requirements.lock pyproject.toml scripts/venv.sh
	sh scripts/venv.sh
	touch $@

# After a change of the dependencies in pyproject.toml. Needs `uv`; the lock names versions and hashes, no address.
lock:
	uv pip compile -q pyproject.toml --all-extras --generate-hashes --no-emit-package twofish \
	    --python-version 3.11 --no-header --no-emit-index-url --no-annotate -o requirements.lock
