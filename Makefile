# Everything people type. The first run sets up .venv; after that setup takes no time.

VENV := .venv
STAMP := $(VENV)/.set-up
PYTHON := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# No compiled files in the layers, no report home, no search for credentials that a desk does not have.
export PYTHONDONTWRITEBYTECODE := 1
export SAM_CLI_TELEMETRY := 0
SAM_OFFLINE := AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1

COMPILE := uv pip compile --quiet --python $(PYTHON) --python-version 3.13 --generate-hashes \
  --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak lint bench build proof lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything in it, pinned (the others do this by themselves)

$(STAMP): requirements.lock pyproject.toml
	@python="$$(local/find-python)" && echo "Setting up $(VENV) with $$python" \
	  && { $(PYTHON) -c '' 2>/dev/null || "$$python" -m venv --clear $(VENV); }
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.lock
	@$(PYTHON) -m pip install --quiet --require-hashes --disable-pip-version-check -r $(VENV)/uv.lock
	@uv pip install --quiet --compile-bytecode --python $(PYTHON) --require-hashes -r requirements.lock
	@uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## three days of a shop's stream through all functions on the embedded AWS: anomalies and a report
	@tidegate demo

test: $(STAMP) ## all tests
	@pytest -n auto

soak: $(STAMP) ## the fault suite at length: 10,000 random histories, any input, a million records: docs/faults.md
	@$(PYTHON) -m tests.soak

lint: $(STAMP) build/template-linted build/template-serverless build/template-secure ## format, style, types, template
	@ruff format --check .
	@ruff check .
	@mypy

build/template-linted: template.yaml $(STAMP)
	@$(SAM_OFFLINE) sam validate --lint
	@mkdir -p build && touch $@

# Tools that want other versions of much that we use live by themselves.
CFN_LINT := $(VENV)/cfn-lint
build/template-serverless: template.yaml .cfn-lint.yaml $(CFN_LINT)/.set-up
	@$(CFN_LINT)/bin/cfn-lint --config-file .cfn-lint.yaml
	@mkdir -p build && touch $@

CHECKOV := $(VENV)/checkov
build/template-secure: template.yaml .checkov.yaml $(CHECKOV)/.set-up
	@$(CHECKOV)/bin/checkov --config-file .checkov.yaml
	@mkdir -p build && touch $@

$(VENV)/%/.set-up: local/tools/%.txt $(STAMP)
	@uv venv --quiet --clear --python $(PYTHON) $(@D)
	@uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@

# The peers live by themselves: none of them enters ours. What cannot be installed is told in the table.
PEERS := $(VENV)/peers
bench: $(PEERS)/.set-up ## measure everything beside what people would use instead: docs/benchmarks.md
	@$(PYTHON) -m benchmarks

$(PEERS)/.set-up: benchmarks/peers/requirements.txt $(STAMP)
	@uv venv --quiet --clear --python $(PYTHON) $(@D)
	@uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $< && touch $@ \
	  || echo "Some peers cannot be installed: they have no figures" >&2

build: $(STAMP) ## sam build, as for a deployment
	@$(SAM_OFFLINE) sam build --cached --parallel

proof: $(STAMP) ## validate, build, invoke every event, deploy on the embedded AWS: what works as sam builds it
	@$(SAM_OFFLINE) $(PYTHON) -m local.proof

lock: $(STAMP) ## pin every dependency again, at its newest version
	@$(COMPILE) --upgrade --universal --extra dev --output-file requirements.lock pyproject.toml
	@for tool in checkov cfn-lint; do \
	  $(COMPILE) --upgrade --universal --output-file local/tools/$$tool.txt local/tools/$$tool.in || exit 1; done
	@$(COMPILE) --upgrade --universal --output-file benchmarks/peers/requirements.txt benchmarks/peers/requirements.in
	@for list in layers/dependencies/requirements layers/numeric/requirements local/tools/lambda-runtime; do \
	  $(COMPILE) --constraint requirements.lock --output-file $$list.txt $$list.in || exit 1; done

clean: ## remove what was built; .venv stays
	@rm -rf .aws-sam build .mypy_cache .ruff_cache .pytest_cache .hypothesis
