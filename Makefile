# The course's commands. Everything runs in .venv/, which `setup` makes on first use.
# Written for GNU make 3.81 and later (what macOS has).
PYTHON ?=
WHEELS ?= wheels
# More than the usual two cores: many tests wait for a server, a kernel or a job.
WORKERS ?= 4
IN_VENV = .venv/bin/python
export PYTHON

.PHONY: help setup setup-pytorch run check lab console test test-full exercises lock lock-images wheels format clean reset

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

setup:  ## Make or repair the environment in .venv/ (PYTHON=/path/to/python3.12 to choose one)
	@sh scripts/setup.sh

setup-pytorch: setup  ## Get PyTorch for the project that trains with it (about 310 MB, once)
	@$(IN_VENV) -m helpers local pull pytorch-2.10

run: setup  ## Run the main lesson on the Local SageMaker and print its result
	@$(IN_VENV) -m helpers run

check: setup  ## Run an exercise and say which tasks are passed (NOTEBOOK="Mini-Projects/<name>.ipynb")
	@$(IN_VENV) -m helpers check "$(NOTEBOOK)"

lab: setup  ## Open the lessons in JupyterLab
	@$(IN_VENV) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root)

console: setup  ## Open the web pages that show what the Local SageMaker has and does
	@$(IN_VENV) -m helpers console

# Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each of the hundred processes that the
# tests start would compile the course's modules again.
test test-full: export PYTHONDONTWRITEBYTECODE =

test: setup  ## Run all tests except the long ones
	@$(IN_VENV) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

test-full: setup  ## Run all tests, including those that need the network or take minutes
	@$(IN_VENV) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m ""

exercises: setup  ## Regenerate the exercises of the mini-projects from their solutions
	@$(IN_VENV) scripts/exercises.py

lock: setup  ## Update requirements.txt from requirements.in (UPGRADE=1 for the newest versions)
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  $(if $(UPGRADE),--upgrade) requirements.in --output-file requirements.txt

lock-images: setup  ## Update the lock files of the framework images (UPGRADE=1 as for lock)
	@UPGRADE="$(UPGRADE)" $(IN_VENV) scripts/lock_images.py

wheels:  ## Download all packages into a folder, for a class with a slow connection (WHEELS=folder)
	@$(or $(PYTHON),python3) -m pip download --quiet --disable-pip-version-check --no-deps \
	  --require-hashes --only-binary=:all: -r requirements.txt -d "$(WHEELS)"
	@echo 'Set up from it: PIP_NO_INDEX=1 PIP_FIND_LINKS="$(abspath $(WHEELS))" make setup'

format: setup  ## Format code and notebooks, and fix what the linter can
	@$(IN_VENV) -m ruff check --fix && $(IN_VENV) -m ruff format

clean:  ## Stop this checkout's server; remove .venv/ and caches, never what you made
	@sh scripts/clean.sh

reset:  ## Like clean, and also remove the Local SageMaker's home, after asking (YES=1: don't ask)
	@YES="$(YES)" sh scripts/clean.sh --home
