"""An old migration does for ever what it did when it was written."""

import hashlib
import re
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager

ROOT = Path(__file__).parents[2]
WHAT_TO_DO = "follow 'A new version of procrastinate' in CONTRIBUTING.md"


def jobs_migration():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_revision("0004").module


def test_the_locked_procrastinate_is_the_one_that_the_migrations_were_written_for() -> None:
    locked = re.findall(r"^procrastinate==(\S+)", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)

    assert locked == [jobs_migration().WRITTEN_FOR], WHAT_TO_DO


def test_the_installed_schema_of_jobs_is_the_one_that_the_migration_makes() -> None:
    installed = hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()

    assert installed == jobs_migration().SCHEMA_SHA256, WHAT_TO_DO


def test_what_to_do_stands_where_the_tests_point() -> None:
    assert "### A new version of procrastinate" in (ROOT / "CONTRIBUTING.md").read_text()
