# One command for each thing. Everything is installed into .venv, once; pyproject.toml and constraints.txt decide what.
#
#   PYTHON=...   the Python (3.11 or newer) that .venv is made with; found by itself otherwise
#   ARGS=...     further arguments: make run ARGS="--store var", make check ARGS="-k channel"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE := $(wildcard monitor training tests benchmarks deploy)
# Fast tests share the cores. Slow ones, with processes, servers and browsers of their own, wait much of their time for what
# starts, dies and comes back: three at a time, a file each, the long ones' folders first.
JOBS ?= 2
SLOW_JOBS ?= 3
# Hundreds of processes start in the tests: none of them should compile our code anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.daemon ## start the demonstration: bundled news through the real daemon; prints the page's address
	$(BIN)/bearwatch demo $(ARGS)

.PHONY: test
test: static ## everything the project can prove: format, lint, types, every test (half an hour on two cores)
	$(BIN)/pytest -m "not slow" -n $(JOBS) --dist loadfile $(ARGS)
	$(BIN)/pytest -m slow -n $(SLOW_JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)$(if $(ARGS), || [ $$? -eq 5 ])  # 5: ARGS chose none

.PHONY: check
check: static ## format, lint, types and the fast tests
	BEARWATCH_QUICK=1 $(BIN)/pytest -q -m "not slow" -n $(JOBS) --dist loadfile $(ARGS)

.PHONY: static
static: $(VENV)/.develop
	$(BIN)/ruff format --check --quiet $(CODE) || { echo "make format puts this right"; exit 1; }
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.develop ## format the code and mend what the linter can mend
	$(BIN)/ruff check --fix --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

.PHONY: bench
bench: $(VENV)/.develop ## speed and memory, as ratios from one run
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: bench-detect
bench-detect: $(VENV)/.develop ## injected shocks, as counts and as headlines: ours beside mean + k sd and EWMA; ARGS="ARCHIVE..." of at least 40 days
	$(BIN)/python -m benchmarks.injection $(ARGS)

.PHONY: faults
faults: $(VENV)/.develop ## kills and broken disks in their long form; prints its seeds
	BEARWATCH_FAULTS=long $(BIN)/pytest -s -m faults --timeout 0 $(ARGS)

.PHONY: soak
soak: $(VENV)/.develop ## hours of steady load with faults: what grows, what is lost; ARGS="--minutes 30 --overload" for the short form
	$(BIN)/python -m benchmarks.soak $(ARGS)

.PHONY: dist
dist: $(VENV)/.develop ## wheel and source archive in dist/, proved: same bytes twice, the demonstration from the wheel
	$(BIN)/python deploy/release.py dist

.PHONY: sbom
sbom: $(VENV)/.develop ## what the daemon is made of, in dist/: CycloneDX, and every package with its hash
	$(BIN)/python deploy/sbom.py dist

# --strict: what the advisory service does not know, or a service that is not there, is no clean result.
.PHONY: audit
audit: sbom ## asks the advisory service about every package of the daemon; needs the network
	$(BIN)/pip-audit --strict --disable-pip --no-deps -r dist/requirements.txt $(ARGS)

.PHONY: constraints
constraints: $(VENV)/.develop ## write constraints.txt from what .venv holds now
	@{ echo "# The exact versions that the tests ran with; written by: make constraints"; \
	  echo "# Without torch's GPU libraries: torch itself says which it needs, and its CPU build needs none."; \
	  $(BIN)/python -m pip --disable-pip-version-check freeze --exclude-editable \
	    | grep -E '^[A-Za-z0-9._-]+==' | grep -viE '^(nvidia-|cuda-|triton)' | sed 's/+[^ ]*//'; \
	} > constraints.new
	@mv constraints.new constraints.txt

.PHONY: clean
clean: ## remove .venv and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

$(BIN)/python:
	@try() { "$$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14); do \
	  if try "$$python"; then echo "making $(VENV) with $$python"; exec "$$python" -m venv $(VENV); fi; \
	done; \
	echo "needs Python 3.11 or newer with venv$(if $(PYTHON),; $(PYTHON) is not); on Debian: apt install python3 python3-venv;" \
	  "elsewhere: make PYTHON=/path/to/python3.11" >&2; exit 1

# What the daemon needs: no torch.
$(VENV)/.daemon: pyproject.toml constraints.txt | $(BIN)/python
	@test -e $(VENV)/.develop || echo "installing the daemon (once)"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

# The daemon, the tests' tools and the trainer. torch is the large part; a CPU build is taken where pip is offered one
# (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL), since torch==2.13.0 also allows 2.13.0+cpu and pip prefers it.
$(VENV)/.develop: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing the daemon, the trainer (torch) and the tests' tools (once, takes minutes)"
	@$(PIP) install -c constraints.txt -e '.[dev,train]' \
	  || { echo "not installed: see pip's words above; tests and types need the extras dev and train, torch included" >&2; exit 1; }
	@touch $(VENV)/.daemon $@
