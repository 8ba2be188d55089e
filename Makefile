# One command per habit. "make setup" is done by itself where it is needed.
PYTHON ?= python3
RUN := .venv/bin
RECORDS ?= 20000

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up down test test-fast lint format types docs lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.runtime  ## make .venv with the pinned packages and the amanah command

setup-dev: .venv/.dev  ## the same, with what tests and checks need

.venv/.runtime: requirements.txt pyproject.toml .ci/install.py
	@$(PYTHON) .ci/install.py requirements.txt
	@touch $@

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
	@$(MAKE) --no-print-directory lint types
	@$(RUN)/coverage erase
	@$(RUN)/python -m pytest --cov --cov-report=term:skip-covered

test-fast: setup-dev  ## the tests that need no services
	@$(RUN)/python -m pytest -m "not slow"

lint: setup-dev  ## style, import contracts
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/lint-imports

format: setup-dev  ## put the code into shape
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

types: setup-dev  ## mypy, strict
	@$(RUN)/mypy

docs: setup-dev  ## write the generated parts of the documentation
	@$(RUN)/amanah schema export --out schemas/published
	@$(RUN)/python docs/generate.py

lock: setup-dev  ## compile the pinned requirements from pyproject.toml
	@$(RUN)/uv pip compile -q --upgrade --universal --extra demo --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@$(RUN)/uv pip compile -q --universal --extra demo --extra dev -c requirements.txt --custom-compile-command "make lock" pyproject.toml -o requirements-dev.txt

clean: down  ## remove the environment and what the demonstration wrote; a real node's folder stays
	@rm -rf .venv var/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
