"""The set-up scripts' own words and decisions, where nothing has to be installed for them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def bash(script: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"} if path else None
    command = ["bash", "-c", f"set -euo pipefail; source scripts/common.sh; {script}"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, says: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("version", "suits"),
    [
        ("v18.19.1", False),
        ("v20.18.9", False),
        ("v20.19.2", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
    ],
)
def test_only_a_node_that_the_tools_of_the_map_run_on_is_used(tmp_path: Path, version: str, suits: bool) -> None:
    program(tmp_path, "npm", "11")
    program(tmp_path, "node", version)

    assert (bash("node_suits", tmp_path).returncode == 0) is suits


def test_a_slow_step_that_succeeds_says_only_that_it_goes_on() -> None:
    done = bash("slowly 'Building…' sh -c 'echo noise; echo more >&2'; echo next")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Building…\.* \d+ s\nnext\n", done.stdout)


def test_a_slow_step_that_fails_shows_its_output_and_ends_the_set_up() -> None:
    done = bash("slowly 'Building…' sh -c 'echo what is wrong; exit 7'; echo next")

    assert (done.returncode, done.stderr) == (7, "what is wrong\n")
    assert re.fullmatch(r"Building…\.* \d+ s\n", done.stdout)


def test_only_the_whole_of_the_tests_asks_for_a_browser(tmp_path: Path) -> None:
    for name in ("chromium", "chromium-browser", "google-chrome", "sudo"):
        program(tmp_path, name, "no; exit 1")
    program(tmp_path, "id", "1000")

    check, whole = (bash(f"scripts/system.sh {purpose}", tmp_path) for purpose in ("check", "test"))

    assert "hromium" not in check.stdout + check.stderr
    assert whole.returncode == 1
    assert "hromium" in whole.stderr


def test_only_make_test_asks_for_the_whole_of_the_tests() -> None:
    wanted = {
        target: set(re.findall(r"setup\.sh (\w+)", bash(f"make --dry-run {target}").stdout))
        for target in ("run", "web", "setup", "check", "lint", "fmt", "bench", "test")
    }

    assert {target for target, purposes in wanted.items() if "test" in purposes} == {"test"}
    assert all(wanted.values())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose programs only write down how they were called."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("ruff", "mypy", "lint-imports"):
        program(programs, name, "fine")
    # Whoever is called with what FAILS names does not succeed.
    written = '#!/bin/sh\necho "$*" >>called\ncase "$*" in *"$FAILS"*) exit 7 ;; esac\n'
    (programs / "python").write_text(written)
    (programs / "python").chmod(0o755)
    return tmp_path


def run_tests(checkout: Path, fails: str = "nothing") -> tuple[int, list[list[str]]]:
    """The status of scripts/test.sh, and what each part was asked for."""
    environ = {**os.environ, "FAILS": fails}
    script = checkout / "scripts" / "test.sh"
    done = subprocess.run(["bash", script], cwd=checkout, env=environ, capture_output=True, text=True, check=False)
    called = (checkout / "called").read_text().splitlines()
    return done.returncode, [line.removeprefix("-m pytest ").split() for line in called]


def test_every_test_runs_in_one_part_and_only_one(checkout: Path) -> None:
    status, parts = run_tests(checkout)

    def takes(part: list[str], path: str) -> bool:
        left_out = [word.removeprefix("--ignore=") for word in part if word.startswith("--ignore=")]
        return any(map(path.startswith, part)) and not any(map(path.startswith, left_out))

    tests = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py") if "clients" not in path.parts]
    assert status == 0
    assert {path: n for path in tests if (n := sum(takes(part, path) for part in parts)) != 1} == {}


@pytest.mark.parametrize("part", ["tests/unit", "tests/e2e", "--ignore"])
def test_a_part_that_fails_fails_the_whole(checkout: Path, part: str) -> None:
    assert run_tests(checkout, part)[0] == 7


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "scripts").glob("*.sh")))
def test_every_script_is_read_by_bash_without_a_complaint(script: str) -> None:
    done = subprocess.run(["bash", "-n", f"scripts/{script}"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
