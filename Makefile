# Everything a person types. The work is done by short scripts in deploy/.
# Needs Python 3.11 or newer: `make PYTHON=python3.12 run` chooses one.
PYTHON ?= python3
# Python keeps what it compiles, or each process of the tests would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test coverage dates soak bench crash restarts check fmt css messages lock-migrations venv venv-dev clean

help:
	@echo "make run     start the site and its worker at http://127.0.0.1:8000 (PORT=8123 make run: another port)"
	@echo "make test    run the tests, on SQLite and on PostgreSQL where there is one (FULL=1: all on both)"
	@echo "make coverage  run the tests on SQLite and print which lines none of them reaches"
	@echo "make dates   run the tests as on the last day of a month, on 29 February, when clocks change …"
	@echo "make soak    play at random, other seeds each time, for 10 minutes (MINUTES=60, or SEED=… again)"
	@echo "make bench   measure the site and race for times, two minutes; docs/performance.md"
	@echo "make crash   kill -9 while people use the site, again and again (KILLS=200 SEED=…)"
	@echo "make restarts  take PostgreSQL and Redis away while people use the site (ROUNDS=3 SEED=…)"
	@echo "make check   lint, types, floors, migrations, messages, production settings, built CSS"
	@echo "make fmt     format the code"
	@echo "make css     build static/css/app.css (needs Node)"
	@echo "make messages  bring locale/ up to date with what the site says, and compile it"
	@echo "make lock-migrations  freeze the new migrations, at the end of an issue"
	@echo "make clean   remove .venv and caches; the data stays"

run: venv
	@exec .venv/bin/python deploy/run.py

test: venv-dev
	@exec sh deploy/test.sh

coverage: venv-dev
	@.venv/bin/python -m pytest -q -n $(or $(TEST_PROCESSES),2) --dist loadgroup -m "not browser" --cov --cov-report=term:skip-covered $(ARGS)

dates: venv-dev
	@exec sh deploy/dates.sh

soak: venv-dev
	@exec sh deploy/soak.sh

bench: venv-dev
	@exec .venv/bin/python -m tests.bench

crash: venv-dev
	@exec sh deploy/crash.sh

restarts: venv-dev
	@exec .venv/bin/python -W ignore -m tests.drills restarts --rounds $(or $(ROUNDS),3) $(if $(SEED),--seed $(SEED))

check: venv-dev
	@exec sh deploy/check.sh

fmt: venv-dev
	@.venv/bin/ruff check --quiet --fix --exit-zero .
	@.venv/bin/ruff format .

css:
	@exec sh deploy/css.sh

messages: venv-dev
	@exec .venv/bin/python deploy/messages.py

lock-migrations: venv-dev
	@exec .venv/bin/python deploy/migration_lock.py

venv:
	@exec sh deploy/venv.sh "$(PYTHON)" requirements.txt

venv-dev:
	@exec sh deploy/venv.sh "$(PYTHON)" requirements-dev.txt

clean:
	rm -rf .venv node_modules staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
