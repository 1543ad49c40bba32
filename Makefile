# Every target sets up what it needs by itself, on a fresh machine, as root or as an ordinary user.
# All paths are relative, so that the checkout may lie in a directory whose name has spaces.
#
#   make demo    the Jönköping network with simulated people      ARGS="--port 9000"
#   make test    all tests                                        ARGS="tests/unit -x"
#   make check   linters, types, import contracts
#   make bench   measurements                                     ARGS="intake dispatch"
#   make schema  write sql/schema.sql anew from the migrations
#
# PYTHON=/path/to/python3.12 chooses the interpreter of a new environment.

.PHONY: help demo test check bench schema setup clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

# A developer's own settings must not leak into the environment made here.
unexport PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX VIRTUAL_ENV

PY := .venv/bin/python
READY := .venv/.ready
LIBRARIES := service/web/vendor

help:
	@sed -n 's/^#  *\(make .*\)/\1/p' Makefile

demo: $(READY)
	@.venv/bin/budkavle demo $(ARGS)

test: $(READY)
	@sh .ci/browser
	@sh .ci/gammu
	@$(PY) -m pytest $(if $(ARGS),$(ARGS),-n auto --dist worksteal)

check: $(READY)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@sh .ci/no-addresses

bench: $(READY)
	@.venv/bin/budkavle bench $(ARGS)

schema: $(READY)
	@$(PY) -m service.schema_file

setup: $(READY)
	@:

clean:
	@rm -rf .venv $(LIBRARIES)/node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp holds the path of the checkout: an environment that was moved, or whose interpreter is gone, is not ready;
# nor is one without the pages' libraries of the lock file.
ifneq ($(shell test "$$(cat $(READY) 2>/dev/null)" = "$$(pwd)" && $(PY) -c "" 2>/dev/null && cmp -s $(LIBRARIES)/package-lock.json $(LIBRARIES)/node_modules/.ready && echo yes),yes)
.PHONY: $(READY)
endif

$(READY): pyproject.toml constraints.txt $(LIBRARIES)/package-lock.json
	@PYTHON="$(PYTHON)" sh .ci/setup
