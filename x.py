"""The door of the house: ``python3 x.py COMMAND`` sets up what the command needs, then runs it.

Only the standard library, because this file is what installs everything else. It must still *parse* on Python 3.8,
so that an older Python gets a sentence and not a syntax error.

A ``.venv`` carries a stamp that is written last and removed first. A matching stamp means there is nothing to do; an
outdated one means the .venv was whole and can be brought up to date in place; none means that a set-up was cut
short, so the .venv is made again (a half-copied package looks installed to pip).
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
LOCKS = ROOT / "requirements"
SETUP_LOG = CACHE / "setup.log"

OLDEST_PYTHON = (3, 11)
COVERAGE_FLOOR = 90
SLOW_SECONDS = 3.0
"""How long a step of the set-up may take before a line says what is going on."""
TAIL_LINES = 25

USAGE = 2
INTERRUPTED = 130


class Stop(Exception):
    """The command cannot go on; the text is all that the user is told."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class Task(NamedTuple):
    """A command that only starts a program of ours in the .venv."""

    about: str
    lock: str
    """Which lock it needs: ``run`` or ``dev``."""
    target: str
    """The file that must be there, from the root."""
    arguments: tuple[str, ...]


TASKS = {
    "demo": Task(
        "show a whole line from invitation to deal", "run", "examples/demo/demo.py", ("examples/demo/demo.py",)
    ),
    "bench": Task("measure, and compare with the targets", "dev", "bench/run.py", ("-m", "bench.run")),
    "docs": Task("build the documentation and check it", "dev", "docs/make.py", ("docs/make.py",)),
    "fuzz": Task("feed the parsers what nobody would send", "dev", "fuzz/run.py", ("-m", "fuzz.run")),
    "world": Task(
        "play seventeen years with a seed, and count what was lost", "run", "world/run.py", ("-m", "world.run")
    ),
}

CHECKER = ("spin", "gcc")
"""What checks the models of formal/: programs, and the packages of Debian that bring them."""

OWN = {
    "setup": "make .venv from the locks (--relock: renew the locks with uv, --upgrade: with newer versions)",
    "test": "lint, then every test with coverage; with arguments, only pytest with them",
    "lint": "ruff, mypy and the floors",
    "model": "check the models of the line with spin, every state of them",
    "format": "put the code into the form that lint wants",
}


def say(text: str) -> None:
    """Talk to the person; stdout belongs to the programs that we start."""
    print(f"x.py: {text}", file=sys.stderr, flush=True)


# --- which Python --------------------------------------------------------------------------------------------------


def python_complaint(version: tuple[int, ...]) -> str | None:
    """Say what is wrong with this Python version, if anything."""
    if version[:2] >= OLDEST_PYTHON:
        return None
    have, need = (".".join(str(part) for part in pair) for pair in (version[:2], OLDEST_PYTHON))
    return f"Backchannel needs Python {need} or newer, and this is {have}; try: python{need} x.py"


def venv_complaint(version: tuple[int, ...]) -> str:
    """Say which one line brings the missing venv module."""
    return (
        "this Python can neither make a virtual environment with pip in it nor has pip itself; run this, then try "
        f"again: sudo apt-get install python{version[0]}.{version[1]}-venv"
    )


def base_python() -> str:
    """The interpreter outside any virtual environment: we may be running inside the .venv that we are to replace."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def venv_program(name: str, venv: Path = VENV) -> str:
    """The path of a program in the .venv."""
    return str(venv / ("Scripts" if os.name == "nt" else "bin") / name)


def can_import(python: str, *modules: str) -> bool:
    """Whether an interpreter has all these modules."""
    run = subprocess.run([python, "-c", f"import {', '.join(modules)}"], capture_output=True, check=False)
    return run.returncode == 0


# --- the stamp -----------------------------------------------------------------------------------------------------


class Stamp(NamedTuple):
    """What a finished .venv was made from."""

    lock: str
    python: str
    root: str
    """A .venv holds absolute paths, so one that was copied along with its tree is of no use."""
    digest: str

    def write(self, path: Path) -> None:
        """Write the stamp whole or not at all."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(self._asdict()), encoding="utf-8")
        draft.replace(path)


def read_stamp(path: Path) -> Stamp | None:
    """Read a stamp; one that makes no sense counts as none."""
    try:
        return Stamp(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def wanted_stamp(lock: str, root: Path = ROOT) -> Stamp:
    """The stamp that a finished .venv for this lock would carry.

    Of pyproject.toml only what an installation depends on counts: a new lint rule is no reason to install again.
    """
    import tomllib  # here, because an older Python has to get as far as the sentence about its age

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [project.get("build-system"), project.get("project"), project.get("tool", {}).get("hatch")]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    digest.update((root / "requirements" / f"{lock}.txt").read_bytes())
    return Stamp(lock, f"{sys.version_info[0]}.{sys.version_info[1]}", str(root), digest.hexdigest())


class Plan(NamedTuple):
    """What is to be done about the .venv."""

    action: str
    """``nothing``, ``update`` in place, or ``make`` anew."""
    lock: str


def plan(found: Stamp | None, run: Stamp, dev: Stamp, lock: str) -> Plan:
    """Decide what the .venv needs before a command that wants this lock."""
    if found is None or (found.python, found.root) != (run.python, run.root):
        return Plan("make", lock)
    if found == dev or (found == run and lock == "run"):
        return Plan("nothing", found.lock)
    return Plan("update", "dev" if "dev" in {found.lock, lock} else "run")


# --- the set-up ----------------------------------------------------------------------------------------------------


def pip_settings(python: str, environment: Mapping[str, str]) -> dict[str, str]:
    """How pip was told to reach its index on this machine: its files first, then its environment variables."""
    listing = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, check=False, text=True)
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        for line in listing.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                with contextlib.suppress(ValueError, SyntaxError):
                    settings[name[len(section) + 1 :]] = str(ast.literal_eval(value))
    for name, value in environment.items():
        if name.startswith("PIP_"):
            settings[name[4:].lower().replace("_", "-")] = value
    return settings


def uv_environment(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Tell uv, which does not read pip's settings, what pip was told; what uv was told itself goes first."""
    if any(environment.get(f"UV_{name}") for name in ("DEFAULT_INDEX", "INDEX_URL", "INDEX", "EXTRA_INDEX_URL")):
        return {}
    told: dict[str, str] = {}
    if settings.get("index-url"):
        told["UV_DEFAULT_INDEX"] = settings["index-url"]
    if settings.get("extra-index-url"):
        # pip looks through all its indexes, uv stops at the first that knows a name; the hashes make pip's way safe
        told["UV_INDEX"] = " ".join(settings["extra-index-url"].split())
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if settings.get("find-links"):
        told["UV_FIND_LINKS"] = ",".join(settings["find-links"].split())
    if settings.get("cert"):
        told["SSL_CERT_FILE"] = settings["cert"]
    timeout = settings.get("timeout") or settings.get("default-timeout")
    if timeout:
        told["UV_HTTP_TIMEOUT"] = timeout
    return {name: value for name, value in told.items() if not environment.get(name)}


def uv_install(uv: str, lock: Path, python: str) -> list[list[str]]:
    """The commands with which uv fills a .venv: exactly the lock, and then the project itself."""
    common = [uv, "--no-progress", "pip"]
    return [
        [*common, "sync", "--python", python, "--require-hashes", "--only-binary", ":all:", str(lock)],
        [*common, "install", "--python", python, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ]


def pip_install(pip: Sequence[str], lock: Path) -> list[list[str]]:
    """The commands with which pip fills a .venv. Wheels only: building one would run what no lock holds.

    A lock is whole, so pip gets no say in what else is needed: with an extra (``coverage[toml]``) it would go and look
    for the newest release, find one that the lock does not name, and stop.
    """
    common = [*pip, "--no-input", "--disable-pip-version-check", "install", "--no-warn-script-location"]
    return [
        [
            *(*common, "--progress-bar", "off", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--requirement", str(lock)),
        ],
        [*common, "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ]


def make_commands(uv: str | None, base: str) -> list[list[str]]:
    """The commands that make an empty .venv, with the best tool that this machine has.

    Raises:
        Stop: There is no way to make one.
    """
    if uv:
        return [[uv, "venv", "--no-progress", "--no-project", "--python", base, str(VENV)]]
    if can_import(base, "venv", "ensurepip"):
        return [[base, "-m", "venv", str(VENV)]]
    if can_import(base, "venv", "pip"):  # Debian without python3-venv: the pip outside can fill the .venv
        return [[base, "-m", "venv", "--without-pip", str(VENV)]]
    raise Stop(venv_complaint(sys.version_info[:2]))


def install_commands(uv: str | None, base: str, lock: Path) -> list[list[str]]:
    """The commands that fill the .venv from a lock."""
    python = venv_program("python")
    if uv:
        return uv_install(uv, lock, python)
    if can_import(python, "pip"):
        return pip_install([python, "-m", "pip"], lock)
    if can_import(base, "pip"):
        return pip_install([base, "-m", "pip", "--python", python], lock)
    return [[python, "-m", "ensurepip"], *pip_install([python, "-m", "pip"], lock)]


def quietly(what: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run one step of the set-up: silent when quick, one line when slow, the end of its output when it fails.

    Raises:
        Stop: The step failed.
    """
    with SETUP_LOG.open("ab") as log:
        log.write(f"\n$ {Path(command[0]).name} ... ({what})\n".encode())
        log.flush()
        start = len(SETUP_LOG.read_bytes())
        try:
            process = subprocess.Popen(
                command, cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise Stop(f"{what}: {error}") from error
        with leaving(process):
            try:
                code = process.wait(SLOW_SECONDS)
            except subprocess.TimeoutExpired:
                say(f"{what} ...")
                code = process.wait()
    if code:
        lines = SETUP_LOG.read_bytes()[start:].decode("utf-8", "replace").splitlines()
        print("\n".join(deque(lines, TAIL_LINES)), file=sys.stderr)
        raise Stop(f"{what} failed; the whole output is in {SETUP_LOG.relative_to(ROOT)}")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one set-up at a time work on the .venv, where the system can tell."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (CACHE / "setup.lock").open("w") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up to end")
            fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def need(lock: str) -> None:
    """Make sure that .venv is there, whole, and up to date with at least this lock.

    Raises:
        Stop: It cannot be made.
    """
    CACHE.mkdir(exist_ok=True)
    if planned(lock).action == "nothing":
        return
    with alone():
        what = planned(lock)  # once more: another set-up may just have done it
        if what.action == "nothing":
            return
        began = time.monotonic()
        SETUP_LOG.write_bytes(b"")
        uv, base = shutil.which("uv"), base_python()
        environment = child_environment(os.environ)
        if uv:
            environment.update(uv_environment(pip_settings(base, environment), environment))
        if what.action == "make":
            making = make_commands(uv, base)
            remove(VENV)
            for command in making:
                quietly("making .venv", command, environment)
        (VENV / "stamp.json").unlink(missing_ok=True)
        # the list of commands depends on what the step before has made, so it is drawn up only now
        for command in install_commands(uv, base, LOCKS / f"{what.lock}.txt"):
            quietly(f"installing what requirements/{what.lock}.txt names", command, environment)
        wanted_stamp(what.lock).write(VENV / "stamp.json")
        if time.monotonic() - began > SLOW_SECONDS:
            say(f".venv is ready after {time.monotonic() - began:.0f} s")


def planned(lock: str) -> Plan:
    """What the .venv on the disk needs."""
    found = read_stamp(VENV / "stamp.json") if Path(venv_program("python")).exists() else None
    return plan(found, wanted_stamp("run"), wanted_stamp("dev"), lock)


def remove(venv: Path) -> None:
    """Remove what is in the place of the .venv, of whatever kind."""
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    elif venv.exists():
        say("this .venv is unfinished, or made for another Python or place; making it again")
        shutil.rmtree(venv)


def lock_commands(uv: str, *, upgrade: bool) -> list[list[str]]:
    """The commands that renew the locks: dev first, then run, held to the versions of dev."""
    common = [
        *(uv, "--quiet", "pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url"),
        *("--python-version", ".".join(map(str, OLDEST_PYTHON))),
        *("--custom-compile-command", "python3 x.py setup --relock"),
        *(("--upgrade",) if upgrade else ()),
        *("--extra", "planner", "pyproject.toml", "requirements/build.in"),
    ]
    dev, run = "requirements/dev.txt", "requirements/run.txt"
    return [
        [*common, "--group", "dev", "--output-file", dev],
        [*common, "--no-annotate", "--constraint", dev, "--output-file", run],
    ]


def relock(*, upgrade: bool) -> None:
    """Renew the locks.

    Raises:
        Stop: uv is missing, or finds no answer.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise Stop("renewing the locks needs uv on the PATH (pip install uv)")
    CACHE.mkdir(exist_ok=True)
    SETUP_LOG.write_bytes(b"")
    environment = child_environment(os.environ)
    # A lock names what everyone can get: neither this machine's side indexes nor its folders of wheels count here.
    settings = pip_settings(base_python(), environment)
    common = {name: value for name, value in settings.items() if name not in {"extra-index-url", "find-links"}}
    environment.update(uv_environment(common, environment))
    for command in lock_commands(uv, upgrade=upgrade):
        quietly(f"writing {command[-1]}", command, environment)


# --- running -------------------------------------------------------------------------------------------------------


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of every program that we start: UTF-8 everywhere, and hashes seeded at random as in life."""
    own = {name: value for name, value in environment.items() if name != "PYTHONHASHSEED"}
    own["PYTHONUTF8"] = "1"
    return own


@contextlib.contextmanager
def leaving(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave no child behind: on Ctrl-C the terminal tells it too, so it gets a moment to end by itself."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
        for end in (process.terminate, process.kill):
            if process.poll() is None:
                end()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(3)
        raise


def run(*command: str) -> int:
    """Run a program from the root and give its exit code."""
    try:
        process = subprocess.Popen(command, cwd=ROOT, env=child_environment(os.environ))
    except OSError as error:
        raise Stop(f"cannot start {command[0]}: {error}") from error
    with leaving(process):
        code = process.wait()
    return code if code >= 0 else 128 - code


def steps(named: Sequence[tuple[str, list[str]]]) -> int:
    """Run steps up to the first that fails, and give its exit code."""
    for name, command in named:
        print(f"== {name}", file=sys.stderr, flush=True)
        code = run(*command)
        if code:
            say(f"{name} failed")
            return code
    return 0


def lint_steps() -> list[tuple[str, list[str]]]:
    """What must hold before any test is worth its time."""
    ruff = venv_program("ruff")
    return [
        ("ruff check", [ruff, "check", "--quiet", "."]),
        ("ruff format", [ruff, "format", "--quiet", "--check", "."]),
        ("mypy", [venv_program("mypy"), "--no-error-summary"]),
        ("lint-imports", [venv_program("lint-imports"), "--no-logo", "--cache-dir", str(CACHE / "import-linter")]),
    ]


def pytest_command() -> list[str]:
    """The whole test run. The report is a file that tests/house/thin.py reads, to name only what is thin."""
    return [
        *(venv_program("python"), "-m", "pytest", "-n", "2", "-p", "tests.house.thin"),
        *("--cov", f"--cov-report=json:{CACHE / 'coverage.json'}", f"--cov-fail-under={COVERAGE_FLOOR}"),
    ]


def setup(arguments: Sequence[str]) -> int:
    """Make .venv for development, after renewing the locks if asked to."""
    unknown = set(arguments) - {"--relock", "--upgrade"}
    if unknown:
        raise Stop(f"setup knows --relock and --upgrade, not {' '.join(sorted(unknown))}", USAGE)
    if arguments:
        relock(upgrade="--upgrade" in arguments)
    need("dev")
    return 0


def missing_checker() -> list[str]:
    """What the models are checked with and this machine does not have."""
    return [name for name in CHECKER if shutil.which(name) is None]


def need_checker() -> None:
    """Make sure that the models can be checked: install what is missing where we may.

    Raises:
        Stop: It is not here, and not ours to install.
    """
    missing = missing_checker()
    if missing and getattr(os, "geteuid", lambda: -1)() == 0 and shutil.which("apt-get"):
        CACHE.mkdir(exist_ok=True)
        environment = {**child_environment(os.environ), "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", *missing]):
            quietly(f"installing {' and '.join(missing)}", command, environment)
        missing = missing_checker()
    if missing:
        line = f"sudo apt-get update && sudo apt-get install -y {' '.join(missing)}"
        raise Stop(f"checking the models needs {' and '.join(missing)}; run this, then try again: {line}")


def model(arguments: Sequence[str]) -> int:
    """Check the models."""
    need("run")
    need_checker()
    return run(venv_program("python"), "-m", "formal.run", *arguments)


def checker_for_tests() -> None:
    """Have the models checked in the test run, or say that they are not; where it is for all (CI), they must be.

    Raises:
        Stop: They cannot be checked, and must be.
    """
    try:
        need_checker()
    except Stop as stop:
        if os.environ.get("CI") == "true":
            raise
        say(f"the models will be skipped: {stop}")


def test(arguments: Sequence[str]) -> int:
    """Run everything, or only pytest with arguments of the caller's."""
    need("dev")
    if arguments:
        return run(venv_program("python"), "-m", "pytest", *arguments)
    checker_for_tests()
    return steps([*lint_steps(), ("pytest", pytest_command())])


def lint(arguments: Sequence[str]) -> int:
    """Run what needs no test."""
    refuse(arguments, "lint")
    need("dev")
    return steps(lint_steps())


def tidy(arguments: Sequence[str]) -> int:
    """Change the code into the form that lint wants; what ruff cannot mend is for ``lint`` to tell."""
    refuse(arguments, "format")
    need("dev")
    ruff = venv_program("ruff")
    return steps(
        [
            ("ruff check --fix", [ruff, "check", "--quiet", "--fix-only", "."]),
            ("ruff format", [ruff, "format", "--quiet", "."]),
        ]
    )


def refuse(arguments: Sequence[str], command: str) -> None:
    """Take no arguments where none have a meaning.

    Raises:
        Stop: There are some.
    """
    if arguments:
        raise Stop(f"{command} takes no arguments", USAGE)


def dispatch(name: str, arguments: Sequence[str]) -> int:
    """Start one of the programs of ours.

    Raises:
        Stop: It is not in this tree.
    """
    task = TASKS[name]
    if not (ROOT / task.target).is_file():
        raise Stop(f"{name} needs {task.target}, which this tree does not have", USAGE)
    need(task.lock)
    return run(venv_program("python"), *task.arguments, *arguments)


def overview() -> str:
    """The help: one line a command."""
    about = {**{name: task.about for name, task in TASKS.items()}, **OWN}
    order = ("demo", "test", "setup", "bench", "docs", "lint", "format", "fuzz", "world", "model")
    lines = [f"  {name:7} {about[name]}" for name in order]
    return "\n".join(["usage: python3 x.py COMMAND [ARGUMENTS]", "", *lines])


def main(arguments: Sequence[str]) -> int:
    """Run one command and give the exit code."""
    complaint = python_complaint(sys.version_info[:2])
    if complaint:
        raise Stop(complaint)
    if not arguments or arguments[0] in {"help", "-h", "--help"}:
        print(overview())
        return 0
    name, rest = arguments[0], arguments[1:]
    own = {"setup": setup, "test": test, "lint": lint, "format": tidy, "model": model}
    if name in own:
        return own[name](rest)
    if name in TASKS:
        return dispatch(name, rest)
    raise Stop(f"there is no command {name!r}; there are: {', '.join(sorted([*own, *TASKS]))}", USAGE)


def door() -> NoReturn:
    """Run as a program: a sentence and an exit code in place of a traceback."""
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        say(str(stop))
        sys.exit(stop.code)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    door()
