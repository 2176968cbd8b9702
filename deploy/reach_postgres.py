"""Exits with 0 when the PostgreSQL of the URL answers. Its "postgres" database is asked."""

import sys

import environ
import psycopg

url = environ.Env.db_url_config(sys.argv[1])
try:
    psycopg.connect(
        host=url["HOST"],
        port=url["PORT"] or 5432,
        user=url["USER"],
        password=url["PASSWORD"] or None,
        dbname="postgres",
        connect_timeout=3,
    ).close()
except psycopg.OperationalError:
    raise SystemExit(1) from None
