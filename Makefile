# A newcomer needs `make demo`, a developer `make test`. `make` alone lists them.

PORT ?= 8000
# The evening on which the demonstration begins, in the consultation's own time zone.
NOW ?= 2017-11-20T20:15
# A Python to use instead of the first one that is recent enough: make demo PYTHON=/opt/python/bin/python3
PYTHON ?= python3.13 python3.12 python3.11 python3 python

VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := tests/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test audit faults bench mutate docs screenshots dist clean FORCE

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## install, build the demonstration and serve it on http://127.0.0.1:8000 (PORT=)
	@$(BIN)/assises serve . --port $(PORT) --now $(NOW)

test: $(VENV)/.installed-test ## install what tests need, then lint, types, layers and all tests
	@$(BIN)/python tests/tools/install.py
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

audit: $(VENV)/.installed-test .tools/audit/.installed .tools/floor/.installed ## measure every page of two sites, in all modes, with Lighthouse and a browser of 2018
	@$(BIN)/python tests/tools/install.py
	$(BIN)/pytest -m audit -s -p no:randomly tests/test_audit.py

faults: $(VENV)/.installed-test ## kill, race and fail from receipt to store, a thousand times (some minutes)
	@$(BIN)/python tests/tools/install.py faults
	ASSISES_FAULTS=long $(BIN)/pytest -s -p no:randomly tests/test_faults.py tests/test_storages.py tests/test_remote_store.py

bench: $(VENV)/.installed-test ## measure a cold start, storages and remote store beside disk and Isso (some minutes)
	@$(BIN)/python tests/tools/install.py bench
	@$(BIN)/python tests/bench/cold_start.py
	@$(BIN)/python tests/bench/storages.py

mutate: $(VENV)/.installed-test ## lose and garble each line of the demonstration in turn (some minutes)
	@$(BIN)/python tests/tools/mutate.py

docs: $(VENV)/.installed-test ## build the documentation as a site of Assises, in dist-docs (DOCS_URL=)
	@$(BIN)/python tests/tools/documentation.py dist-docs $(DOCS_URL)

screenshots: $(VENV)/.installed-test ## take the pictures of docs/fr anew
	@$(BIN)/python tests/tools/screenshots.py

dist: $(VENV)/.installed-test ## make wheel, sdist, one-file program and SBOM, and try each on every Python here
	@$(BIN)/python -m pip install --quiet --group release
	@$(BIN)/python tests/tools/dist.py
	$(BIN)/pytest -m newcomer -s -p no:randomly tests/test_newcomer.py

clean: ## remove what was installed and built; contributions received (.assises/) stay
	rm -rf $(VENV) .tools dist dist-docs .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find generator serverless themes tests -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment works only where it was made and with the Python it was made with: otherwise a new one.
ifneq ($(shell $(BIN)/python -c 'print(open("$(VENV)/.home").read())' 2>/dev/null),$(CURDIR))
$(VENV)/.installed: FORCE
endif

$(VENV)/.installed: pyproject.toml $(CONSTRAINTS)
	@for candidate in $(PYTHON); do \
	    $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    candidate=; \
	done; \
	if [ -z "$$candidate" ]; then \
	    echo "Assises needs Python 3.11 or newer, and none was found as: $(PYTHON)."; \
	    echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python),"; \
	    echo "or say where it is: make $(firstword $(MAKECMDGOALS) demo) PYTHON=/path/to/python3"; \
	    exit 1; \
	fi; \
	if ! $$candidate -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$candidate cannot make virtual environments: its venv module is missing."; \
	    echo "Install it (Debian, Ubuntu: apt-get install python3-venv), then run this again."; \
	    exit 1; \
	fi; \
	echo "Installing Assises into $(VENV), with $$($$candidate --version)"; \
	$$candidate -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable .
	@printf '%s' '$(CURDIR)' >$(VENV)/.home
	@touch $@

# Dependency groups (PEP 735) are known to pip from 25.1 on.
$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing what tests need into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --group test
	@touch $@

.tools/audit/.installed: tests/tools/audit/package-lock.json
	@echo "Installing Lighthouse with npm into .tools/audit"
	@mkdir -p .tools/audit && cp tests/tools/audit/package.json tests/tools/audit/package-lock.json .tools/audit
	@cd .tools/audit && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.tools/floor/.installed: tests/tools/floor.txt
	@echo "Installing Chromium 69 with pip into .tools/floor"
	@$(BIN)/python -m venv --clear .tools/floor
	@.tools/floor/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/tools/floor.txt
	@touch $@
