# The commands of the project; README.md and CONTRIBUTING.md say what they are for.
PYTHON ?= python3
BIN := .venv/bin
EXAMPLE := resources/examples/ni_foil_300K.chi
# Without a display the same analysis runs on the command line.
SCREEN := $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s))

.PHONY: run test lint types bench lock model shelf report docs set-up

run:
	@$(PYTHON) packaging/bootstrap.py run
ifneq ($(SCREEN),)
	@$(BIN)/python -m app --example
else
	@$(BIN)/onne predict $(EXAMPLE) --ensemble ni-foil --out build/example
endif

# A process per core; the tests of a file share what they make, so they stay together.
# Files of many tests need not be long ones, so they do not go first.
test:
	@$(PYTHON) packaging/bootstrap.py test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
	  --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: set-up
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/typos
	$(BIN)/pyright

types: set-up
	$(BIN)/pyright

bench: set-up
	$(BIN)/python -m pytest tests/benchmarks -o python_files='bench_*.py' \
	  --benchmark-enable -s

# Versions and hashes of everything in requirements.in and requirements-dev.in.
lock: set-up
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate --quiet \
	  --excludes requirements-excludes.txt --output-file requirements.lock \
	  requirements.in requirements-dev.in

# An ensemble with its own numbers of macrostates and networks, such as make model
# NAME=dimer: a quarter of an hour on two cores, a melt half an hour.
NAME ?= dimer
model: set-up
	$(BIN)/onne generate resources/systems/$(NAME).json --out build/sets/$(NAME) --workers 2
	$(BIN)/onne train build/sets/$(NAME) --out models/$(NAME)

# The ensembles made by one command each, all or some: make shelf SHELF="nio zno".
# One of a crystal takes about 10 minutes on two cores, 40 with QUALITY=thorough.
SHELF ?= ag-foil au-foil ceo2 co-foil cu-foil fe-foil fe-oxygen ni-foil nio pd-foil \
  pt-foil zn-aqua zn-foil zno zns
QUALITY ?= standard
shelf: set-up
	@set -e; for name in $(SHELF); do \
	  $(BIN)/onne make resources/systems/$$name.json --quality $(QUALITY) \
	    --out models/$$name --set build/sets/$$name --workers 2; \
	done

# What the project claims, measured; docs/report.md says how its data are made.
# Matrices of single spectra are small: threads would only wait for each other.
report: set-up
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m evaluation $(SECTIONS)

# The user guide as pages for a browser, into build/docs; Help > User guide opens them.
docs: set-up
	$(BIN)/mkdocs build --strict --quiet

set-up:
	@$(PYTHON) packaging/bootstrap.py lint
