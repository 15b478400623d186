# demo   make a small world, train, rank a night, print the top of the list with its reasons
# test   run all tests
# korea  every figure of benchmarks/korea_customs/README.md (KOREA_DATA=... names the publishers' folder)
# picture  the pictures of docs/, from the demonstration (needs Chromium)
# lint   lint, format check, types
# docs   write the generated pages
# setup  make .venv from requirements.lock (the others do it by themselves; PYTHON=... chooses the Python)
# clean  remove all that was made, .venv included

SHELL = /bin/sh
BIN = .venv/bin

# A spinning wait of OpenMP costs seven-fold on a busy machine.
export OMP_WAIT_POLICY = passive

DEMO_SEED = 7
DEMO_CONSIGNMENTS = 8000
DEMO_UNTIL = 2024-12-01
DEMO_NIGHT = 2024-12-17

KOREA_DATA = ../shared/data/customs_declarations
KOREA = benchmarks/korea_customs

.PHONY: demo test korea picture lint docs setup clean

demo: setup
# The home is made anew, since a list that an older version of this code left there would be refused.
	@rm -rf demo/home
	@$(BIN)/tidewaiter world --seed $(DEMO_SEED) --consignments $(DEMO_CONSIGNMENTS) --out demo/inputs
	@$(BIN)/tidewaiter train --inputs demo/inputs --home demo/home --until $(DEMO_UNTIL) --warnings-ok
	@$(BIN)/tidewaiter rank --inputs demo/inputs --home demo/home --as-of $(DEMO_NIGHT) --warnings-ok

test: setup
# A worker per core; the tests of one file stay with one worker, which makes their shared worlds once.
	@$(BIN)/pytest -n auto --dist loadfile

korea: setup
# The publishers' learners are wanted here alone.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(KOREA)/requirements.lock
	@$(BIN)/python -m benchmarks.korea_customs.run --raw '$(KOREA_DATA)'

picture: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.lock
	@$(BIN)/python docs/picture.py

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: setup
	@$(BIN)/python -m pipeline.docs

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml .ci/setup
	@PYTHON='$(PYTHON)' sh .ci/setup

clean:
	rm -rf demo .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
