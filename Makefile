# Each target sets up what it needs: a virtual environment in .venv, brought up to date when
# pyproject.toml changes. Only Python >= 3.11, git and make have to be there beforehand.

VENV  := .venv
READY := $(VENV)/.ready
RUN   := $(VENV)/bin/python -m

NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
CANDIDATES = python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for python in $(CANDIDATES); do \
	$$python $(NEW_ENOUGH) 2>/dev/null && { command -v $$python; break; }; done)

.PHONY: demo test check clean

demo: $(READY)
	@$(RUN) bisectops demo

test: $(READY)
	@$(RUN) pytest

check: $(READY)
	@$(RUN) mypy
	@$(RUN) ruff check
	@$(RUN) ruff format --check

clean:
	rm -rf $(VENV)

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "bisectops needs Python 3.11 or newer; name one: make PYTHON=..." >&2; exit 1; }
	@echo "setting up $(VENV)" >&2
	@$(RUN) pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(RUN) pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(RUN) pip install --quiet --disable-pip-version-check --group dev --editable .
	@$(RUN) compileall -q bisectops  # as pip does where the installation is not editable
	@touch $@
