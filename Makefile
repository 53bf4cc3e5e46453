# Two commands on a fresh machine: `make report` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help report test lab check notebooks calibrate bench sample pictures clean
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

notebooks: $(READY)  ## run the committed notebooks on the sample and store their outputs (figures stripped)
	@$(BIN)/python -m tests.notebooks.refresh

calibrate: $(READY)  ## count on simulated data how often intervals, verdicts and charts are right (half an hour)
	@$(BIN)/python -m calibration

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
	@touch $(READY)

clean:  ## remove the environment and every report
	@rm -rf .venv reports/*/
