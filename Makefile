# The two commands most people need: `make run` and `make test`.
PYTHON ?= python3
WENLU  := .venv/bin/wenlu
QUESTIONS ?= tests/questions.tsv
TRAIN := .venv/bin/python -m retrieval.training
ENCODER ?= retrieval/models/wenlu-static

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types check-knowledge bench-questions bench-turn bench-translate bench-retrieval bench-nlu bench-wechat train-encoder clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-18s %s\n", $$1, $$2}'

setup:  ## make both environments from their locks, and nothing else
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "setup | cannot go on: no $(PYTHON) found. Install Python 3 (3.11 or newer is best) and run this again." >&2; exit 1; }
	@$(PYTHON) deploy/bootstrap.py

run: setup  ## start everything; Ctrl-C ends it
	@exec env -u PYTHONDONTWRITEBYTECODE $(WENLU) run

test: setup  ## all tests, of both environments
	@bash tests/run.sh

check: setup lint types check-knowledge  ## format, lint, types, import rules, knowledge, catalogs, tests
	@.venv/bin/python -m api.i18n check
	@bash tests/run.sh

lint:
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

types:
	@.venv/bin/mypy

check-knowledge:  ## prove the brochures and count what they hold
	@$(WENLU) knowledge check

bench-questions:  ## the questions of tests/questions.tsv through the running system; QUESTIONS=FILE for others
	@$(WENLU) eval questions $(QUESTIONS)

bench-turn:  ## a full turn beside a bare Rasa turn, on the running system
	@$(WENLU) bench turn

bench-translate:  ## translation: sentences a second, memory, and that all that is masked comes back; ARGS="--plot FILE.svg" draws it
	@$(WENLU) bench translate $(ARGS)

bench-retrieval:  ## our search beside BM25 and all-MiniLM-L6-v2 on the same passages; ARGS="--corpus … --queries … --qrels …" for others
	@$(WENLU) bench retrieval $(ARGS)

bench-nlu:  ## Rasa's cross-validation by language (minutes a fold), with the confusion matrix for the docs
	@$(WENLU) bench nlu --plot docs/images/confusion.svg

bench-wechat:  ## 10,000 WeChat pushes through a system of its own, every process killed on the way; ARGS="--pushes 500 --people 50" for less
	@$(WENLU) bench wechat $(ARGS)

train-encoder:  ## the sentence encoder again, from PARALLEL=FOLDER of en-XX.tsv.xz (hours on two cores; stopped, it goes on where it was)
	@test -d "$(PARALLEL)" || { echo "Where is the parallel text? make train-encoder PARALLEL=FOLDER (docs/encoder.md says what it holds)"; exit 2; }
	$(TRAIN) prepare --parallel "$(PARALLEL)"
	$(TRAIN) teach
	$(TRAIN) train
	$(TRAIN) tune --holdout 0.15
	$(TRAIN) tune
	$(TRAIN) export data/build/encoder/heldout --weights heldout
	$(TRAIN) export $(ENCODER)
	$(TRAIN) calibrate data/build/encoder/heldout $(ENCODER)

clean:  ## remove environments and caches; the data folder stays
	rm -rf .venv bot/.venv .tools .pytest_cache .mypy_cache .ruff_cache
