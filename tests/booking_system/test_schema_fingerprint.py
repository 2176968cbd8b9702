"""The fingerprint of a schema tells altered tables, and only those."""

import pytest
from django.db import connection

from booking_system import schema_fingerprint

pytestmark = pytest.mark.django_db

ALTERATIONS = {
    "an index is gone": "DROP INDEX slot_bookable",
    "an index is new": "CREATE INDEX extra ON doctors_slot (status)",
    "a column is new": "ALTER TABLE doctors_slot ADD COLUMN extra integer",
    "a column has another name": "ALTER TABLE accounts_place RENAME COLUMN kind TO sort",
    "a table is gone": "DROP TABLE records_prescriptionline",
}
ON_POSTGRES = {
    "a column is longer": "ALTER TABLE doctors_slot ALTER status TYPE varchar(21)",
    "a column may be null": "ALTER TABLE doctors_slot ALTER status DROP NOT NULL",
    "a column has a default": "ALTER TABLE doctors_slot ALTER status SET DEFAULT 'free'",
    "a check is gone": "ALTER TABLE doctors_slot DROP CONSTRAINT slot_end_after_start",
    "a check says something else": (
        "ALTER TABLE doctors_slot DROP CONSTRAINT slot_end_after_start; "
        'ALTER TABLE doctors_slot ADD CONSTRAINT slot_end_after_start CHECK ("end" >= start)'
    ),
    "overlaps are allowed": "ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap",
    "a trigger is off": "ALTER TABLE payments_transfer DISABLE TRIGGER USER",
    "a trigger is gone": "DROP TRIGGER payments_transfer_append_only ON payments_transfer",
    "a trigger does nothing": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$"
    ),
}


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def differences_by(*statements: str) -> list[str]:
    """What the fingerprint says after these statements."""
    before = schema_fingerprint.take(connection)
    run(*statements)
    return list(schema_fingerprint.differences(before, schema_fingerprint.take(connection)))


@pytest.mark.parametrize("statement", ALTERATIONS.values(), ids=ALTERATIONS)
def test_an_alteration_is_told(statement: str) -> None:
    assert differences_by(statement) != []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite can't alter that")
@pytest.mark.parametrize("statement", ON_POSTGRES.values(), ids=ON_POSTGRES)
def test_an_alteration_on_postgres_is_told(statement: str) -> None:
    assert differences_by(statement) != []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("n integer NOT NULL", "n integer NULL"),
        ("n integer NOT NULL", "n bigint NOT NULL"),
        ("n integer NOT NULL", "n integer DEFAULT 1 NOT NULL"),
        ("n integer CHECK (n > 0)", "n integer CHECK (n >= 0)"),
        ("n integer CHECK (n = 1 OR n = 2)", "n integer"),
        ("t varchar(9) CHECK (t IN ('a', 'b'))", "t varchar(9) CHECK (t IN ('a', 'B'))"),
        ("t varchar(9) UNIQUE", "t varchar(9)"),
        ("t varchar(9) REFERENCES doctors_specialty (code)", "t varchar(9)"),
    ],
)
def test_another_table_is_told(before: str, after: str) -> None:
    run(f"CREATE TABLE accounts_sample (id integer PRIMARY KEY, {before})")
    said = differences_by(
        "DROP TABLE accounts_sample",
        f"CREATE TABLE accounts_sample (id integer PRIMARY KEY, {after})",
    )
    assert said
    assert all(line.startswith("accounts_sample ") for line in said)


def test_the_way_to_the_same_table_does_not_count() -> None:
    run(
        "CREATE TABLE accounts_sample (id integer PRIMARY KEY, t varchar(9) NULL, n integer NULL,"
        " CONSTRAINT t_known CHECK (t IN ('a', 'b, (c)')))",
        "CREATE INDEX sample_t ON accounts_sample (t) WHERE n IS NOT NULL",
    )
    assert (
        differences_by(
            "DROP TABLE accounts_sample",
            'CREATE TABLE "accounts_new"("id" integer PRIMARY KEY,\n"t" varchar(9) NULL,'
            " CONSTRAINT \"t_known\" CHECK (\"t\" IN ('a', 'b, (c)')))",
            'ALTER TABLE accounts_new RENAME TO "accounts_sample"',
            'ALTER TABLE "accounts_sample" ADD COLUMN "n" integer NULL',
            'CREATE INDEX "sample_t" ON "accounts_sample" ("t")  WHERE "n" IS NOT NULL',
            *(
                # What PostgreSQL calls the key by itself.
                ["ALTER INDEX accounts_new_pkey RENAME TO accounts_sample_pkey"]
                if connection.vendor == "postgresql"
                else []
            ),
        )
        == []
    )


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite keeps what was written")
def test_a_check_that_was_dumped_and_loaded_is_the_same() -> None:
    """PostgreSQL moves the casts around when it reads its own words."""
    run("CREATE TABLE accounts_sample (t varchar(9) CHECK (t IN ('a', 'b')))")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = 'accounts_sample_t_check'"
        )
        (dumped,) = cursor.fetchone()
    assert "::" in dumped
    drop = "ALTER TABLE accounts_sample DROP CONSTRAINT accounts_sample_t_check"
    load = f"ALTER TABLE accounts_sample ADD CONSTRAINT accounts_sample_t_check {dumped}"
    assert differences_by(drop, load) == []


def test_tables_beside_the_site_do_not_count() -> None:
    assert differences_by("CREATE TABLE report_of_june (id integer)") == []
