PYTHON ?= python3
BIN = .venv/bin
export NOTEBOOKS ?= notebooks
# What each set-up holds: the larger ones contain the smaller ones.
base = base
course = base course
dev = base course dev
# Without a display there is no browser to open; the link is printed.
headless = $$(test "$$DISPLAY$$WAYLAND_DISPLAY" -o "$$(uname)" = Darwin || echo --no-browser)

# Whatever the folder is called: paths are made by the shell ("$$PWD"), never spelled out here, and what pip puts into
# .venv/bin is started as a module of its Python, since a script's first line cannot hold every path.
# One at a time: two targets would set up the same .venv.
.NOTPARALLEL:

.PHONY: help course app worksheets slides test test-browser demo bench docs docs-open docs-links sync execute replicate \
  lint unit notebooks attack bounds clean

help:            ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The stamp is written last, so an interrupted install is started again, and a broken .venv is made afresh.
.venv/.installed-%: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo 'This project needs Python 3.11 or newer: try "make PYTHON=/path/to/python3.11".' >&2; exit 1; }
	@echo 'Setting up .venv ($*): a minute or two on a fast line, once.'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -e '.$(if $(filter base,$*),,[$*])'
	@touch $(addprefix .venv/.installed-,$($*))

course: .venv/.installed-course  ## open the walkthrough in JupyterLab
	@JUPYTER_CONFIG_PATH="$$PWD/tools/config/jupyter" $(BIN)/python -m jupyterlab --ip=127.0.0.1 \
	  --ServerApp.root_dir="$$NOTEBOOKS" $$(test $$(id -u) -ne 0 || echo --allow-root) $(headless)

app: .venv/.installed-course  ## the playground as one page without code or server
	@$(BIN)/python -m tools.app $(headless)

worksheets: .venv/.installed-dev  ## two pages on paper for each chapter, without answers, in build/worksheets
	@$(BIN)/python -m tools.classroom worksheets $(ARGS)

slides: .venv/.installed-dev  ## each chapter's questions and pictures as slides, in build/slides
	@$(BIN)/python -m tools.classroom slides $(ARGS)

test: lint unit notebooks  ## lint, unit tests with coverage, every notebook

test-browser: .venv/.installed-dev  ## the widgets, the app and the book in a Chromium
	@$(BIN)/python -m pytest tests/browser

demo: .venv/.installed-base  ## the original demo from end to end (ARGS="--seed 1")
	@$(BIN)/python -m kdlib demo $(ARGS)

bench: .venv/.installed-dev  ## timings against the plain recipe
	@for name in $(basename $(notdir $(filter-out %/__init__.py,$(wildcard benchmarks/*.py)))); do \
	  $(BIN)/python -m benchmarks.$$name || exit 1; done

docs: .venv/.installed-dev  ## build the book from the stored outputs, in docs/_build/html
	@rm -rf docs/_build/html
	@$(BIN)/python -m sphinx -b html -W --keep-going -q -E -d docs/_build/doctrees docs docs/_build/html

docs-open: docs  ## build the book and open it
	@$(BIN)/python -m docs.serve

docs-links: .venv/.installed-dev  ## author: follow the book's links to other sites (needs a network)
	@$(BIN)/python -m sphinx -b linkcheck -q -E -d docs/_build/doctrees docs docs/_build/links

sync: .venv/.installed-dev  ## author: bring the notebooks in step with notebooks/source
	@$(BIN)/python -m tools.notebooks sync

execute: .venv/.installed-dev  ## author: run the notebooks afresh and store their outputs (ONLY=03_student)
	@$(BIN)/python -m tools.notebooks execute $(ONLY)

replicate: .venv/.installed-dev  ## author: the chapters' claims in other draws (ARGS="--draws 4-7 --no-store")
	@$(BIN)/python -m tools.replicate $(ARGS)

lint: .venv/.installed-dev  ## author: ruff, codespell and the type checker
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m codespell_lib
	@$(BIN)/python -m pyrefly check --output-format min-text

unit: .venv/.installed-dev  ## author: unit tests with coverage of kdlib
	@$(BIN)/python -m pytest -n auto --cov=kdlib

notebooks: .venv/.installed-dev  ## author: run every notebook and compare its outputs
	@$(BIN)/python -m pytest -n auto --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=300 \
	  --nbval-kernel-startup-timeout=300 notebooks

attack: .venv/.installed-dev  ## author: millions of damaged lines, checkpoints and kills (some ten minutes)
	@$(BIN)/python -m tools.attack $(ARGS)

bounds: .venv/.installed-dev  ## author: the lowest and the newest packages allowed, tried in build/bounds (needs a network)
	@$(BIN)/python -m tools.bounds $(ARGS)

clean:           ## remove .venv and all caches
	@rm -rf .venv build docs/_build docs/chapters *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -prune -exec rm -rf {} +
