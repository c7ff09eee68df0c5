# Every task of the project. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# Everything is built with the same selection, so that nothing is compiled twice.
CARGO := cargo --locked
ALL := --workspace --all-targets
PYTHON := .venv/bin/python
WIRE := simulator/tests/boto3
DEPLOY := tests/deploy
DEPLOY_TOOLS := .venv-deploy/bin
FUNCTIONS := enroll-account enroll-region survey reassert report
TEMPLATES := template.yaml management.yaml administrator.yaml forwarder.yaml guardrails.yaml
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
RECORDED := $(TARGET)/recorded-calls.json

.PHONY: help demo test format clippy build unit wire deploy-check deploy-test docs core bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/' | expand -t 14

demo: build ## run the main job on a simulated organization
	@$(TARGET)/debug/demo

test: format clippy unit wire docs deploy-check deploy-test ## run every check

format: ## check the format
	cargo fmt --all --check

clippy: ## check with clippy; a warning is an error
	$(CARGO) clippy $(ALL) -- -D warnings

build: ## build everything, for demo and tests
	$(CARGO) build $(ALL)

unit: build ## run the tests, a line for each
	$(CARGO) test $(ALL)
	$(CARGO) test --workspace --doc

wire: build $(PYTHON) ## check the simulator, and our own requests, against AWS's models with boto3
	$(TARGET)/debug/demo --calls $(RECORDED) > $(TARGET)/demo.txt || { cat $(TARGET)/demo.txt; exit 1; }
	RECORDED_CALLS=$(RECORDED) SIMULATOR_BINARY=$(TARGET)/debug/organization-simulator \
		$(PYTHON) -m pytest -v -p no:cacheprovider $(WIRE)

# Regions of every partition, since resources and properties differ between them.
deploy-check: $(DEPLOY_TOOLS)/python ## check the templates: SAM, cfn-lint, parliament, and what must be so of them
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(DEPLOY_TOOLS)/sam validate --lint
	$(DEPLOY_TOOLS)/cfn-lint --regions us-east-1 eu-central-1 ap-southeast-6 cn-north-1 us-gov-west-1 -- $(TEMPLATES)
	$(DEPLOY_TOOLS)/python $(DEPLOY)/policies.py
	$(DEPLOY_TOOLS)/python -m pytest -v -p no:cacheprovider --noconftest $(DEPLOY)/test_templates.py $(DEPLOY)/test_guard_rails.py

# One optimized build of all functions; the emulator runs these very binaries.
deploy-test: build $(DEPLOY_TOOLS)/python ## deploy with SAM onto an emulator, with a simulated organization behind it
	PATH=$(abspath $(DEPLOY_TOOLS)):$$PATH SAM_CLI_TELEMETRY=0 sam build
	rm -rf $(TARGET)/deploy-calls
	SIMULATOR_BINARY=$(TARGET)/debug/organization-simulator SUMMARY=$(TARGET)/deploy-test.txt \
		$(DEPLOY_TOOLS)/python -m pytest -v -p no:cacheprovider --calls $(TARGET)/deploy-calls \
		--ignore $(DEPLOY)/test_templates.py --ignore $(DEPLOY)/test_guard_rails.py $(DEPLOY)
	$(DEPLOY_TOOLS)/python -m pytest -v -p no:cacheprovider --calls $(TARGET)/deploy-calls $(DEPLOY)/check_permissions.py
	@cat $(TARGET)/deploy-test.txt

docs: ## build the documentation; a warning is an error
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps

core: ## run the tests of the pure core only, in seconds
	$(CARGO) test -p rollcall-core

# The functions as they are deployed: the linker alone makes them a tenth smaller or larger.
bench: $(DEPLOY_TOOLS)/python ## measure cold starts, memory, size, calls, time and the coverage page, with release binaries
	PATH=$(abspath $(DEPLOY_TOOLS)):$$PATH SAM_CLI_TELEMETRY=0 sam build
	$(CARGO) build --release -p rollcall-bench
	for name in $(FUNCTIONS); do cp $(TARGET)/lambda/$$name/bootstrap $(TARGET)/release/$$name; done
	$(TARGET)/release/bench

clean: ## remove what was built
	rm -rf $(TARGET) .venv .venv-deploy .aws-sam

# The packages are pinned in the requirements file; a change of it makes the environment anew.
$(PYTHON): $(WIRE)/requirements.txt
	rm -rf .venv
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

$(DEPLOY_TOOLS)/python: $(DEPLOY)/requirements.txt
	rm -rf .venv-deploy
	python3 -m venv .venv-deploy
	.venv-deploy/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@
