# Needs make and Python 3.11 or 3.12; everything else comes as pinned packages.
# `make run` and `make test` do all the set-up there is; docs/developing.md explains the parts.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
ARGS ?=
# Where `make story` keeps its pictures; those of the README are in docs/images.
PICTURES ?= test-results/story
DEMO ?=
PY := .venv/bin/python
# The version that each lock file was written for; the first one found is used.
PYTHONS := $(PYTHON) python3.11 python3.12 python3

# An office's network may have its own certificates: trust what the system trusts.
export UV_SYSTEM_CERTS := 1
export NODE_USE_SYSTEM_CA := 1

.PHONY: help
help:
	@echo "make run [PORT=8000]  start the portal with all its parts and a demo office"
	@echo "                      DEMO=no: without the demo office"
	@echo "make test [ARGS=…]    run every test, in a browser too"
	@echo "make lint             check style, types, imports and templates"
	@echo "make story            watch the story of one complaint, slowly"
	@echo "make bench            measure pages and letters; writes docs/performance.md"
	@echo "make bench-long       the same with ten times the data, 10,000 histories, 2,500 orders"
	@echo "make bench-kills      kill senders 1,250 times while letters go out (10 minutes)"
	@echo "make mutants          take out each check of who may do or see what: who notices? (2 minutes)"
	@echo "make assets           compile the theme"
	@echo "make format           put the code in order"
	@echo "make lock             write the lock files again"
	@echo "make clean            remove what set-up and tests leave; the demo's data stay"

# ---- Set-up: each step leaves a stamp beside what it made and is done again when its lock changed.

.venv/.uv-ready: requirements-uv.txt
	@found=; for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; \
	  then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or 3.12 is needed and was not found: install it, or name it with make PYTHON=/path/to/python3.11." >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make virtual environments: install its venv package (on Debian and Ubuntu: python3.11-venv)." >&2; exit 1; fi; \
	echo "Setting up with $$found …"; \
	$(PY) -m pip --version >/dev/null 2>&1 || "$$found" -m venv --clear .venv
	@$(PY) -m pip --disable-pip-version-check install -q --require-hashes -r requirements-uv.txt
	@touch $@

.venv/.ready: requirements.lock .venv/.uv-ready
	@.venv/bin/uv pip sync -q --python $(PY) --require-hashes requirements.lock
	@touch $@

node_modules/.ready: package.json package-lock.json .npmrc | .venv/.ready
	@$(PY) -m crm_portal.assets --install
	@touch $@

.PHONY: setup assets
setup: .venv/.ready assets

assets: .venv/.ready node_modules/.ready
	@$(PY) -m crm_portal.assets

# ---- What people ask for

.PHONY: run test story bench bench-long bench-kills mutants
run: setup
	@PORT="$(PORT)" DEMO="$(DEMO)" exec $(PY) -m crm_portal.embedded

test: setup
	@$(PY) -m tests.browser
	@$(PY) -m pytest -n logical --dist worksteal $(ARGS)

story: setup
	@$(PY) -m tests.browser
	@PORTAL_STORY=slow PORTAL_STORY_PICTURES="$(PICTURES)" $(PY) -m pytest tests/story -n 0 -s -q $(ARGS)

bench: setup
	@$(PY) -m bench $(ARGS)

bench-long: setup
	@PORTAL_HISTORIES=10000 PORTAL_SCHEDULES=50 $(PY) -m pytest tests/oracle tests/interleaved -n logical -q
	@$(PY) -m bench --long $(ARGS)

bench-kills: setup
	@PORTAL_KILLS=1000 $(PY) -m pytest tests/outbox/test_kills.py -n 0 -q -k "lose_and_double_nothing or nobody_can_be_asked" $(ARGS)

mutants: setup
	@PORTAL_MUTANTS=all $(PY) -m pytest tests/mutants -n 0 -q $(ARGS)

# ---- Checks that need no database

PYTHON_CODE := accounts agencies bench conftest.py crm_portal dashboards feedback manage.py outbox surveys tests
TYPED := $(wildcard */services */queries.py */queries)
LOCKS := requirements.lock requirements-main.lock requirements-uv.txt package-lock.json

.PHONY: lint lint-style lint-imports lint-templates lint-types lint-migrations lint-locks
lint: lint-style lint-imports lint-templates lint-types lint-migrations lint-locks

lint-style: .venv/.ready
	@.venv/bin/ruff check --quiet $(PYTHON_CODE)
	@.venv/bin/ruff format --quiet --check $(PYTHON_CODE) || { echo "Run make format."; exit 1; }

lint-imports: .venv/.ready
	@.venv/bin/lint-imports --no-logo >.venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }

lint-templates: .venv/.ready
	@$(PY) -m djlint templates --lint --quiet
	@find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +

lint-types: .venv/.ready
	@PORTAL_ENV=test $(PY) -m mypy $(TYPED)

lint-migrations: .venv/.ready
	@PORTAL_ENV=test $(PY) -W ignore manage.py makemigrations --check --dry-run

lint-locks:
	@if grep -n http $(LOCKS); then echo "A lock file names an address: write it with make lock."; exit 1; fi

.PHONY: format lock clean
format: .venv/.ready
	@.venv/bin/ruff check --fix --quiet $(PYTHON_CODE) || true
	@.venv/bin/ruff format --quiet $(PYTHON_CODE)

# Hashes and versions, never an address: where packages come from is each machine's own affair.
COMPILE := .venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --no-header --universal
lock: .venv/.uv-ready
	@$(COMPILE) pyproject.toml --group demo --group test --group lint -o requirements.lock
	@$(COMPILE) pyproject.toml -c requirements.lock -o requirements-main.lock
	@$(PY) -m crm_portal.assets --lock

clean:
	rm -rf .venv node_modules staticfiles static/build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache test-results
	find . -name __pycache__ -prune -exec rm -rf {} +
