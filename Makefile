PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: sweep lint style test test-ui soak bench bench-quality ray docs screenshots lock clean

# The main job: tune on real data, with Prefect's embedded server and SQLite.
sweep: $(INSTALLED)
	$(BIN)/sweepflow run examples/breast_cancer.yml

# Style, layers and types; a commit is checked by it too, if you have installed pre-commit (CONTRIBUTING.md).
lint: style
	$(BIN)/mypy

style: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# All that lint checks, and the tests; mypy runs beside these, and what it says is printed at the end.
test: style
	@$(BIN)/mypy > $(VENV)/types 2>&1 & types=$$!; \
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$types; types=$$?; cat $(VENV)/types; \
	[ $$tests = 0 ] && [ $$types = 0 ]

# The report and Prefect's UI in a real browser, pictures of which are left in screenshots/; `make test` runs
# these too, and skips them if there is no chromium.
test-ui: $(INSTALLED)
	$(BIN)/pytest -m ui

# The README's pictures of Prefect's UI, anew.
screenshots: $(INSTALLED)
	PYTHONPATH=tests/support $(BIN)/python docs/screenshots.py docs/pictures

# Many more random kills, moments of a signal and specs than `make test` tries, and rarer faults of a Dask
# cluster: about half an hour.
soak: $(INSTALLED)
	$(BIN)/pytest -m soak
	HYPOTHESIS_PROFILE=soak $(BIN)/pytest tests/sweepflow/spec/test_fuzz.py

# What Sweepflow costs, beside other tools: about 35 minutes on two cores with nothing else to do. Writes
# benchmarks/results/bench.json and the table in the README. A look in three minutes, which writes nothing:
# make bench QUICK=--quick
bench: $(INSTALLED)
	$(BIN)/python benchmarks/run.py $(QUICK)

# Ray Tune, which takes part in `make bench` where it is installed, in an environment of its own.
ray: $(INSTALLED)
	$(PYTHON) -m venv $(VENV)/ray
	$(VENV)/ray/bin/python -m pip install --quiet --constraint constraints.txt 'ray[tune]' scikit-learn

# What Sweepflow finds: what the policies save and lose, how good the samplers are (three seeds of the functions
# alone), how often intervals hold the truth, what preparing columns costs. About twenty minutes; the whole
# comparison of the samplers, benchmarks/search_quality.py without options, takes half an hour more.
bench-quality: export OMP_NUM_THREADS = 1
bench-quality: $(INSTALLED)
	$(BIN)/python benchmarks/early_termination.py
	$(BIN)/python benchmarks/search_quality.py --seeds 3 --problems branin hartmann-6 rosenbrock-4 ackley-5
	$(BIN)/python benchmarks/coverage.py --samples 400 --rows 60 300
	$(BIN)/python benchmarks/preprocessing.py

# Renew what the documentation has from the code: the reference of the spec, and the pictures of the policies.
docs: export PYTHONPATH = .
docs: $(INSTALLED)
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/pictures.py

# Renew constraints.txt, the versions that `make` installs, from the newest that pyproject.toml allows.
lock:
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --quiet '.[test]'
	.lock/bin/python -m pip freeze --exclude sweepflow > constraints.txt
	rm -rf .lock

clean:
	rm -rf $(VENV)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Sweepflow needs Python 3.11 or newer; set it: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@
