# Two commands on a fresh machine: `make report` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help report test lab check docs notebooks calibrate mutate fuzz bench sample pictures clean
help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

report: $(READY)  ## install, run the ten stages on the sample client, say where to open the report
	@$(BIN)/cx run data/sample --out reports

test: $(READY)  ## install and run every test, two files at a time
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lab: $(READY)  ## open JupyterLab on the ten notebooks
	@$(BIN)/jupyter lab notebooks

check: $(READY)  ## lint, format and types: what CI asks before the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: $(READY)  ## build the documentation site into site/, offline; a broken link fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open $(CURDIR)/site/index.html"

notebooks: $(READY)  ## run the committed notebooks on the sample and store their outputs (figures stripped)
	@$(BIN)/python -m tests.notebooks.refresh

calibrate: $(READY)  ## count on simulated data how often intervals, verdicts and charts are right (half an hour)
	@$(BIN)/python -m calibration

mutate: $(READY)  ## change the code in small ways and count how many changes the tests notice (hours; ROOM=cxlib/statistics)
	@$(BIN)/python -m tests.mutation $(ROOM)

fuzz: $(READY)  ## damage briefs, journeys and files at random, and see that each is answered (ROUNDS=20, a few minutes)
	@CX_FUZZ=$(or $(ROUNDS),20) $(BIN)/python -m pytest -q tests/engagement/test_fuzz.py

bench: $(READY)  ## measure what a run costs against the naive way and the floor (ROUNDS=5)
	@$(BIN)/python bench/run.py --rounds $(or $(ROUNDS),5)
	@$(BIN)/python -m bench.methods

sample: $(READY)  ## make data/sample again from its seed
	@$(BIN)/python -m cxlib.simulate data/sample

pictures: report  ## take the README's two pictures again (needs Chromium)
	@$(BIN)/python docs/pictures.py reports/sample

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 report")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the pinned packages into .venv (once, about two minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@git rev-parse --git-dir >/dev/null 2>&1 && git config filter.notebook.clean "$(BIN)/python -m tests.notebooks.clean %f" || true
	@touch $(READY)

clean:  ## remove the environment and every report
	@rm -rf .venv reports/*/
