# The verbs. Each does its own set-up, so any of them works as the first command in a fresh clone.

# The Python that sets things up: the first of these that is 3.11, 3.12 or 3.13.
PYTHONS := python3 python3.13 python3.12 python3.11
IS_FIT := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
ifndef PYTHON
PYTHON := $(shell for p in $(PYTHONS); do if $$p -c '$(IS_FIT)' 2>/dev/null; then echo $$p; break; fi; done)
endif
NEED_PYTHON = @test -n "$(PYTHON)" || { echo "Constraint Lab needs Python 3.11, 3.12 or 3.13, and found none of them (it tried $(PYTHONS)). Install one, or name it: make PYTHON=/path/to/python3.12 …"; exit 1; }
SET_UP = @$(PYTHON) -m launch.setup
NPM = @$(PYTHON) -m launch.setup npm
RUN = .venv/bin/python -m

# Without compiled modules, each of the hundreds of processes that tests start would compile the sources again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help python up quick coverage test test-python test-page faults check truth tables bench pictures fmt types lock clean

help: ## Show the verbs
	@echo "make up      set up and run the lab on this machine; Ctrl-C ends it (PORT, LAB_DATA, …: docs/reference/settings.md)"
	@echo "make quick   run the tests that need no browser and no training, in under a minute"
	@echo "make coverage show which lines those tests cover"
	@echo "make test    run every test: of the service, of the engine, of the page, in a browser"
	@echo "make faults  try every fault with three seeds, and write docs/faults.md (half an hour)"
	@echo "make check   lint, types, that generated files and locks are up to date, known vulnerabilities"
	@echo "make truth   simulate how often the verdict is right"
	@echo "make tables  try what the lab proposes for some 150 real tables"
	@echo "make bench   measure the engine and the service"
	@echo "make pictures take the documents' pictures of the page anew"
	@echo "make fmt     format all sources"
	@echo "make types   write the OpenAPI document and the page's types anew"
	@echo "make lock    resolve the Python locks anew (UPGRADE=1: to the newest versions that fit)"
	@echo "make clean   remove what set-up made; the lab's data stays"

python:
	$(NEED_PYTHON)

up: python
	$(SET_UP) local page
	@exec $(RUN) launch.up

# Files of tests beside each other: many wait for processes, while others compute. ARGS="-n 0 --pdb …" debugs one.
BESIDE = -n 3 --dist loadfile --no-loadscope-reorder
QUICK = $(BESIDE) -p no:schemathesis -m "not browser and not training and not fault"
# The page's tests run meanwhile; pytest's closing line is the last, unless the page's failed.
define TEST
@$(NPM:@%=%) test & page=$$!; $(RUN) pytest $(1) $(ARGS); python=$$?; \
wait $$page || { echo "Tests of the page failed: see above"; exit 1; }; exit $$python
endef

quick: python
	$(SET_UP) dev page
	$(call TEST,$(QUICK))

test: python
	$(SET_UP) dev page chromium
	$(call TEST,$(BESIDE))

test-page: python
	$(SET_UP) dev page
	$(NPM) test

test-python: python
	$(SET_UP) dev page chromium
	@exec $(RUN) pytest $(BESIDE) $(ARGS)

coverage: python
	$(SET_UP) dev page
	@exec $(RUN) pytest $(QUICK) --cov --cov-report=term $(ARGS)

# Each fault with three seeds, in full. 30 minutes are the limit of a test run, 5 that of a fault. Those that wait more
# than they compute run beside each other first; those with figures of milliseconds alone.
BESIDE_FAULTS = $(addprefix tests/faults/test_,processes.py history.py two_apis.py remote_worker.py postgres.py)
FAULTS = LAB_FAULTS=3 timeout --signal=INT 1500 $(RUN) pytest -m fault --timeout 300
faults: python
	$(SET_UP) dev page
	@LAB_FAULTS_PART=1 $(FAULTS) -n 2 --dist loadfile $(BESIDE_FAULTS) $(ARGS); beside=$$?; \
	$(FAULTS) $(addprefix --ignore=,$(BESIDE_FAULTS)) $(ARGS); alone=$$?; exit $$((beside ? beside : alone))

check: python
	$(SET_UP) dev page
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	.venv/bin/lint-imports
	$(RUN) launch.lock --check
	$(RUN) launch.generated
	$(NPM) run typecheck
	$(NPM) run lint
	$(RUN) launch.audit

truth: python
	$(SET_UP) dev
	@exec $(RUN) benchmarks.truth $(ARGS)

tables: python
	$(SET_UP) dev page
	@exec $(RUN) benchmarks.tables $(ARGS)

bench: python
	$(SET_UP) dev page chromium
	@exec $(RUN) benchmarks.bench $(ARGS)

pictures: python
	$(SET_UP) dev page chromium
	@exec $(RUN) tests.pictures $(ARGS)

fmt: python
	$(SET_UP) dev page-tools
	$(RUN) ruff check --fix-only --quiet .
	$(RUN) ruff format .
	$(NPM) run fmt

types: python
	$(SET_UP) dev page-tools
	$(RUN) launch.generated --write

lock: python
	$(SET_UP) dev
	$(RUN) launch.lock $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv .setup frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
