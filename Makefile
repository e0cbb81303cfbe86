# `make demo` and `make test` do all set-up on a fresh machine with Python 3.10 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_DATA ?= data/rendered/vkitti2
DEMO_SUITE ?= xtam_t1_vkitti2_sd

BASE ?= main
# Counting the lines costs a quarter more time: .ci/run sets it to --cov.
COVERAGE ?=
export OMP_NUM_THREADS = 1
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: help env demo test test-changed test-all faults lint docs results clean

help:
	@echo "make demo      environment, rendered data, six small trainings, leaderboard"
	@echo "make test      environment, tests"
	@echo "make test-changed  the tests that the changes since BASE (default: main) touch"
	@echo "make test-all  all tests, the slow ones too"
	@echo "make faults    the campaign of planted faults and kills, with its counts"
	@echo "make lint      ruff and mypy"
	@echo "make docs      the documentation as a site, in build/site"
	@echo "make results   docs/results.md, from the records in results/"

env: $(VENV)/.installed

$(VENV)/.installed: setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --quiet -e '.[all]'
	touch $@

demo: env
	$(BIN)/python tools/render_world.py vkitti2 --out $(DEMO_DATA)
	$(BIN)/python tools/benchmark.py run $(DEMO_SUITE) --profile mini --seed 42 --jobs 2
	$(BIN)/python tools/benchmark.py report $(DEMO_SUITE) --profile mini

test: env
	$(PYTEST) -m 'not slow' $(COVERAGE) tests

test-changed: env
	$(BIN)/python tests/changed.py $(BASE) | xargs --no-run-if-empty $(PYTEST) -m 'not slow'

test-all: env
	$(PYTEST) tests

faults: env
	$(PYTEST) --dist load tests/faults

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: env
	$(BIN)/mkdocs build --strict

results: env
	$(BIN)/python tools/benchmark.py report $$(cat results/suites.txt) --work-dir results --format markdown > docs/results.part
	mv docs/results.part docs/results.md

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
