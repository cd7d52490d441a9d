# One environment (.venv), made by whatever target needs it first. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON  ?= $(firstword $(foreach name,python3 python3.11 python3.12 python3.13 python3.14,\
             $(shell command -v $(name) >/dev/null && \
               $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN     := .venv/bin
RUNS    := .venv/.runs
STAMP   := .venv/.installed
CODE    := services shared motcua deploy tests
WORKERS ?= auto
SEED    ?= 1
SAY     := printf '▸ %s\n'

INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps

# uv stays out of the environment that the locks describe.
UV      := .venv/lock-tools/bin/uv
COMPILE := ../$(UV) pip compile --quiet --override overrides.txt --generate-hashes --universal \
           --python-version 3.11 --no-emit-index-url --no-header

.PHONY: help setup demo test test-containers check fmt bench chaos chaos-postal chaos-alerts permissions chaos-power chaos-log chaos-zombies chaos-full chaos-long soak fuzz fuzz-guided mutants audit calendar-table docs boards board-pictures lock up down

help: ## What each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
	  | while IFS='|' read -r target text; do printf '  make %-12s %s\n' "$$target" "$$text"; done

setup: $(STAMP) ## Make the environment in .venv; does nothing when nothing changed

# The stamps are touched last: an interrupted installation is taken up again. The demo needs the
# first only; tests and tools come on top, from a lock with the same versions.
$(RUNS): requirements/runtime.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Một Cửa needs Python 3.11 or newer, and none was found. Name one: make setup PYTHON=/path/to/python3" >&2; exit 1; fi
	@if [ ! -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  $(SAY) "Making .venv with $$($(PYTHON) --version)"; \
	  said=$$($(PYTHON) -m venv --clear .venv 2>&1) || { rm -rf .venv; echo "$$said" >&2; \
	    echo "This Python cannot make environments. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }; fi
	@$(SAY) "Installing the locked packages"
	@$(INSTALL) --require-hashes -r requirements/runtime.txt
	@$(SAY) "Installing Một Cửa itself"
	@$(INSTALL) --no-build-isolation -e .
	@touch $@

$(STAMP): requirements/develop.txt $(RUNS)
	@$(SAY) "Installing the locked tools"
	@$(INSTALL) --require-hashes -r requirements/develop.txt
	@touch $@

demo: $(RUNS) ## Run the whole system with an invented province, in this terminal
	@$(BIN)/motcua run --demo

test: check ## Check, then every test that needs no Docker (WORKERS=2 to limit, PYTEST='-k …' to choose)
	@$(SAY) "Testing"
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST)

# Its servers run in the image of the deployment, and the deployment itself comes up and is killed.
IMAGE   := $(shell sed -n 's/^  image: \(motcua:.*\)/\1/p' docker-compose.yml)
test-containers: setup ## Broker suite and deployment in containers; without Docker it skips and says why
	@if docker info >/dev/null 2>&1; then $(SAY) "Building $(IMAGE)"; \
	  docker build --quiet --file deploy/Dockerfile --tag $(IMAGE) . >/dev/null; fi
	@$(SAY) "Testing in containers"
	@$(BIN)/pytest -rsP --nats-image $(IMAGE) --containers $(or $(PYTEST),tests/containers tests/broker)

check: setup ## Format, lint, types, imports: nothing is changed
	@$(SAY) "Checking format, lint, types and imports"
	@$(BIN)/ruff format --quiet --check $(CODE) \
	  || { echo "make fmt puts these right:"; $(BIN)/ruff format --check $(CODE); }
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy --no-error-summary
	@said=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$said"; exit 1; }

fmt: setup ## Put format and simple lint findings right
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

bench: setup ## Measure speed as ratios against the usual ways, in one run
	@$(BIN)/motcua bench

chaos: setup ## Kill processes under load and recount everything (SEED=7 repeats, CHAOS=--short)
	@$(BIN)/python -m tests.chaos --seed $(SEED) $(CHAOS)

chaos-postal: setup ## Kill the postal gateway between two faulty carriers and compare custody (CHAOS=--short)
	@$(BIN)/python -m tests.chaos_postal --seed $(SEED) $(CHAOS)

chaos-alerts: setup ## Kill notifiers under a virtual clock and recount every alert (CHAOS=--short)
	@$(BIN)/python -m tests.chaos_alerts --seed $(SEED) $(CHAOS)

permissions: setup ## Who may do what on the broker, asked of a real one and compared with the table (ARGS=--write)
	@$(BIN)/python -m tests.permissions $(ARGS)

chaos-power: setup ## Cut the power under the broker again and again; needs root (CHAOS=--short)
	@$(BIN)/python -m tests.chaos_power --seed $(SEED) $(CHAOS)

chaos-log: setup ## Let the log lie: older copy, new stream, missing message, flipped bit (CHAOS=--short)
	@$(BIN)/python -m tests.chaos_log --seed $(SEED) $(CHAOS)

chaos-zombies: setup ## Leave processes alive with nothing they can do: all recover or end (CHAOS=--short)
	@$(BIN)/python -m tests.chaos_zombies --seed $(SEED) $(CHAOS)

chaos-full: setup ## Let disk, stream, descriptors and memory run out; needs root (CHAOS=--short)
	@$(BIN)/python -m tests.chaos_full --seed $(SEED) $(CHAOS)

soak: setup ## An hour at ten times a province's peak: freshness and memory (SOAK='--minutes 10')
	@$(BIN)/python -m tests.soak --seed $(SEED) $(SOAK)

chaos-long: setup ## The whole of it, hours: a million facts, 200 kills, and every suite above
	@$(BIN)/python -m tests.chaos --seed $(SEED) --facts 1000000 --kills 200
	@for suite in power log zombies full alerts postal; do $(BIN)/python -m tests.chaos_$$suite --seed $(SEED); done

fuzz: setup ## Send broken input to every entry (SEED=7, FUZZ='--n 100000 --entry http')
	@$(BIN)/python -m tests.fuzz --seed $(SEED) $(FUZZ)

# atheris is no package of ours: it goes into an environment of its own, on top of .venv.
fuzz-guided: setup ## Let coverage guide the broken input, where atheris can be installed
	@test -x .venv/fuzz-tools/bin/python || $(BIN)/python -m venv .venv/fuzz-tools
	@.venv/fuzz-tools/bin/python -c 'import sysconfig, pathlib; \
	  pathlib.Path(sysconfig.get_path("purelib"), "motcua.pth").write_text("$(CURDIR)\n" + \
	  str(next(pathlib.Path("$(CURDIR)/.venv/lib").glob("python3.*/site-packages"))))'
	@.venv/fuzz-tools/bin/pip install -qq --disable-pip-version-check atheris || true
	@.venv/fuzz-tools/bin/python -m tests.fuzz.guided --seed $(SEED) $(FUZZ)

calendar-table: setup ## Print the due times that were counted by hand (NAME=Tết chooses, NAME=+ the made-up Saturdays)
	@$(BIN)/python -m tests.unit.shared.calendar $(NAME)

mutants: setup ## Break our own guards one at a time: each must be missed by its named test
	@$(BIN)/python -m tests.mutants

AUDIT := .venv/audit-tools
audit: setup $(AUDIT)/.installed ## Hashes, licences, SBOM and known weaknesses of what is locked (AUDIT_ARGS=--offline)
	@$(BIN)/python -m deploy.supply $(AUDIT_ARGS)

$(AUDIT)/.installed: requirements/audit.txt | $(STAMP)
	@$(SAY) "Installing the locked tools of the audit"
	@$(BIN)/python -m venv $(AUDIT)
	@$(AUDIT)/bin/pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements/audit.txt
	@touch $@

docs: setup ## Write the generated documents anew: README tables, AsyncAPI
	@$(BIN)/python -m motcua.readme
	@$(BIN)/python -m motcua.asyncapi

boards: setup ## Write Grafana's boards anew from deploy/grafana/project
	@$(BIN)/python -m deploy.grafana.driver

board-pictures: setup ## Draw the boards from the demo's answers with Grafana's panel library (needs npm)
	@$(BIN)/python -m tests.ci.board_drawing --out $(or $(OUT),docs/images/boards)

lock: $(UV) ## Lock requirements/*.in with hashes (UPGRADE=--upgrade for newer versions)
	@$(SAY) "Locking requirements/runtime.txt"
	@cd requirements && $(COMPILE) $(UPGRADE) runtime.in -o runtime.txt
	@$(SAY) "Locking requirements/develop.txt"
	@cd requirements && $(COMPILE) $(UPGRADE) --constraint runtime.txt develop.in -o develop.txt
	@$(SAY) "Locking requirements/audit.txt"
	@cd requirements && $(COMPILE) $(UPGRADE) audit.in -o audit.txt

$(UV): | $(STAMP)
	@$(SAY) "Installing uv for the locks"
	@$(BIN)/python -m venv .venv/lock-tools
	@.venv/lock-tools/bin/pip install -qq --disable-pip-version-check uv

# The deployment: docker-compose.yml. Everything above works without Docker.
up down: docker := $(shell command -v docker)
up down:
	@if [ -z "$(docker)" ]; then \
	  echo "make $@ needs Docker with the compose plugin; without it, make demo runs the same system in this terminal." >&2; exit 1; fi
	@if ! docker compose version >/dev/null 2>&1; then \
	  echo "make $@ needs the compose plugin: this docker answers no 'docker compose version'." >&2; exit 1; fi
	@docker compose $(if $(filter up,$@),up --build --detach,down)

up: ## Start the deployment with docker compose
down: ## Stop the deployment; its data stays
