# The two commands of this project are `make run` and `make test`. They need python3 >= 3.11 (venv, pip), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test lint soak bench bundle setup docs picture lock clean help

run: setup  ## a simulated heat-exchange station and the daemon that watches it, live in the terminal
	@$(BIN)/heatmon demo $(ARGS)

test: setup  ## all tests
	@$(BIN)/pytest -n 2 $(ARGS)

lint: setup  ## ruff, mypy, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy heatmon drivers/heatmon_drivers simulators/heatmon_simulators tests bench
	@$(BIN)/lint-imports --no-logo

soak: setup  ## the long campaigns: a million reads, a thousand kills, virtual months
	@$(BIN)/pytest -n 2 -m soak $(ARGS)

bench: setup  ## imports, the engine alone, the history
	@$(BIN)/python bench/imports.py
	@$(BIN)/python bench/engine.py 5000
	@$(BIN)/python bench/alarms.py
	@$(BIN)/python -m bench.polling --rounds 2 --seconds 10
	@$(BIN)/python bench/history.py --stations 50 --seconds 1200 --days 2
	@$(BIN)/python bench/history.py --plots --stations 1
	@$(BIN)/python bench/forward.py

bundle: setup  ## one archive that installs on a bare Debian 12 without network
	@bash packaging/bundle.sh $(BIN)/python dist

setup: $(STAMP)

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("heatmon needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "setting up $(VENV) (once; about half a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

docs: setup  ## the tables of docs/station-yaml.md, from the models
	@$(BIN)/python -m heatmon.settings.reference docs/station-yaml.md

picture: setup  ## docs/terminal.svg, from a real run of the demonstration
	@$(BIN)/python docs/picture.py

lock: setup  ## pins with hashes, without registry addresses
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate --generate-hashes --no-emit-index-url -q pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate --generate-hashes --no-emit-index-url -q --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) dist build var .mypy_cache .ruff_cache .hypothesis

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
