# A fresh clone needs `make run`; a change needs `make check test`. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
CORE := .venv/.core-installed
DEV := .venv/.dev-installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test unit check fix bench clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s%s\n", $$1, $$2}' Makefile

run: $(CORE) ## install what is needed and run the recipe `chains`, preset quick
	$(BIN)/superalign run

test: $(DEV) ## run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

unit: $(DEV) ## run the fast tests only
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/unit

check: $(DEV) ## formatting, lint, types, house rules
	$(BIN)/ruff format --no-cache --check .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/house.py

fix: $(DEV) ## format, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV) ## run every benchmark
	set -e; for script in benchmarks/*.py; do $(BIN)/python $$script; done

clean: ## remove .venv, builds and caches; runs/ stays
	rm -rf .venv build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else \
	    f"superalign needs Python 3.11 to 3.13; this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

# torch goes first and alone: what it needs differs by build, and the build that is there is kept.
# The pinned setuptools that comes with it builds the package, so no build tool is fetched unpinned.
$(CORE): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) torch setuptools
	$(PIP) --no-build-isolation --editable .
	@touch $@

$(DEV): $(CORE)
	$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@
