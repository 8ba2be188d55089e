# One command per habit. "make setup" is done by itself where it is needed.
PYTHON ?= python3
RUN := .venv/bin
RECORDS ?= 20000
WORKERS ?= 2
SIZE ?= 1000000

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up down test coverage test-fast lint format types compat release-schemas docs messages learn-names bench bench-names bench-seal bench-exchange bench-sftp bench-linkage bench-month bench-evaluation lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: .venv/.runtime  ## make .venv with the pinned packages and the amanah command

setup-dev: .venv/.dev  ## the same, with what tests and checks need

.venv/.runtime: requirements.txt pyproject.toml .ci/install.py
	@$(PYTHON) .ci/install.py requirements.txt
	@touch $@

.venv/.bench: requirements-bench.txt pyproject.toml .ci/install.py
	@$(PYTHON) .ci/install.py requirements-bench.txt
	@touch $@ .venv/.dev .venv/.runtime

.venv/.dev: requirements-dev.txt pyproject.toml .ci/install.py
	@$(PYTHON) .ci/install.py requirements-dev.txt
	@touch $@ .venv/.runtime

demo: setup  ## everything from nothing, run by Airflow; ends by itself
	@$(RUN)/amanah demo run --records $(RECORDS)

up: setup  ## the same, kept running to look at
	@$(RUN)/amanah demo up --records $(RECORDS)

down:  ## stop what "make up" left running
	@if [ -x $(RUN)/amanah ]; then $(RUN)/amanah demo down; fi

test: setup-dev  ## every test, with everything they need set up first
	@.ci/system-packages
	@.ci/html-checker
	@$(MAKE) --no-print-directory -j2 lint types
	@$(RUN)/python -m pytest -n $(WORKERS) --dist loadscope --durations=15

coverage: setup-dev  ## every test again, and which lines none of them runs
	@$(RUN)/coverage erase
	@$(RUN)/python -m pytest -n $(WORKERS) --dist loadscope --cov --cov-report=term:skip-covered

test-fast: setup-dev  ## the tests that need no services
	@$(RUN)/python -m pytest -m "not slow"

lint: setup-dev compat  ## style, import contracts, the published contract
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/lint-imports

format: setup-dev  ## put the code into shape
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

types: setup-dev  ## mypy, strict
	@$(RUN)/mypy

compat: setup-dev  ## refuse an incompatible change of what was last released
	@released=$$(ls -d schemas/released/*/ | sort -V | tail -n 1); test -n "$$released" && \
	$(RUN)/amanah schema diff "$$released" schemas/published

release-schemas: setup-dev  ## freeze the published contract under the version; AGAIN=1 replaces one that nobody has yet
	@version=$$($(RUN)/amanah version); if [ -d schemas/released/$$version ] && [ -z "$(AGAIN)" ]; then \
		echo "schemas/released/$$version is frozen; raise the version in pyproject.toml first"; exit 1; fi; \
	rm -rf "schemas/released/$$version" && $(RUN)/amanah schema export --out "schemas/released/$$version" >/dev/null && \
	echo "frozen as schemas/released/$$version"

docs: setup-dev  ## write the generated parts of the documentation
	@$(RUN)/amanah schema export --out schemas/published
	@$(RUN)/python docs/generate.py

messages: setup-dev  ## bring the evaluation's message files up to date with its templates; what is new there is untranslated
	@$(RUN)/pybabel -q extract -F pyproject.toml --no-location --sort-output -o .venv/report.pot reports
	@for language in id ar; do $(RUN)/pybabel -q update -N --ignore-pot-creation-date -D report -d reports/locales -l $$language -i .venv/report.pot; done

learn-names: setup-dev  ## learn the cross-script model of names again; NAMES=pairs.tsv, see docs/linkage.md
	@$(RUN)/python -m amanah.reconcile.names.learn "$(NAMES)"

bench: .venv/.bench  ## the benchmarks, peers beside us in one run (an hour)
	@$(RUN)/python -m benchmarks.validate
	@$(RUN)/python -m benchmarks.seal
	@$(RUN)/python -m benchmarks.exchange
	@$(RUN)/python -m benchmarks.sftp
	@$(RUN)/python -m benchmarks.ledger
	@$(RUN)/python -m benchmarks.names $(NAMES)
	@$(RUN)/python -m benchmarks.linkage --size $(SIZE)
	@$(RUN)/python -m benchmarks.linkage.calibration
	@$(RUN)/python -m benchmarks.carrying_on
	@$(RUN)/python -m benchmarks.worklist
	@$(RUN)/python -m benchmarks.evaluation

bench-seal: setup-dev  ## only sealing and opening, beside gpg (some minutes)
	@$(RUN)/python -m benchmarks.seal

bench-exchange: setup-dev  ## only from what is unsent to the answer, a million records (ten minutes)
	@$(RUN)/python -m benchmarks.exchange

bench-names: .venv/.bench  ## only comparing names, beside ICU with Levenshtein; NAMES=pairs.tsv for the public pairs
	@$(RUN)/python -m benchmarks.names $(NAMES)

bench-linkage: setup-dev  ## only linking and comparing, beside the peers; SIZE=1000000 placements (half an hour)
	@$(RUN)/python -m benchmarks.linkage --size $(SIZE)
	@$(RUN)/python -m benchmarks.linkage.calibration

bench-month: setup-dev  ## only a node's month, whole and by what changed (three minutes)
	@$(RUN)/python -m benchmarks.carrying_on

bench-evaluation: setup-dev  ## only the quarterly evaluation, a million placements, beside DuckDB scanning them (some minutes)
	@$(RUN)/python -m benchmarks.evaluation

bench-sftp: setup-dev  ## only packages up and down, beside OpenSSH's sftp (some minutes)
	@$(RUN)/python -m benchmarks.sftp

lock: setup-dev  ## compile the pinned requirements from pyproject.toml
	@$(RUN)/uv pip compile -q --upgrade --universal --extra demo --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@$(RUN)/uv pip compile -q --universal --extra demo --extra dev --extra lineage --extra spark -c requirements.txt --custom-compile-command "make lock" pyproject.toml -o requirements-dev.txt
	@$(RUN)/uv pip compile -q --universal --extra demo --extra dev --extra lineage --extra spark --extra bench -c requirements-dev.txt --custom-compile-command "make lock" pyproject.toml -o requirements-bench.txt

clean: down  ## remove the environment and what the demonstration wrote; a real node's folder stays
	@rm -rf .venv var/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
