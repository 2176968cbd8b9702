# Everything a person types. The work is done by short scripts in deploy/.
# Needs Python 3.11 or newer: `make PYTHON=python3.12 run` chooses one.
PYTHON ?= python3

.PHONY: help run test check fmt css venv venv-dev clean

help:
	@echo "make run     start the site and its worker at http://127.0.0.1:8000 (PORT=8123 make run: another port)"
	@echo "make test    run the tests, on SQLite and on PostgreSQL where there is one"
	@echo "make check   lint, types, floors, migrations, production settings, built CSS"
	@echo "make fmt     format the code"
	@echo "make css     build static/css/app.css (needs Node)"
	@echo "make clean   remove .venv and caches; the data stays"

run: venv
	@exec .venv/bin/python deploy/run.py

test: venv-dev
	@exec sh deploy/test.sh

check: venv-dev
	@exec sh deploy/check.sh

fmt: venv-dev
	@.venv/bin/ruff check --quiet --fix --exit-zero .
	@.venv/bin/ruff format .

css:
	@exec sh deploy/css.sh

venv:
	@exec sh deploy/venv.sh "$(PYTHON)" requirements.txt

venv-dev:
	@exec sh deploy/venv.sh "$(PYTHON)" requirements-dev.txt

clean:
	rm -rf .venv node_modules staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
