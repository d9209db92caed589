from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import x

RUN = x.Stamp("run", "3.11", "/tree", "r1")
DEV = x.Stamp("dev", "3.11", "/tree", "d1")


def test_parses_on_the_oldest_python_that_gets_a_sentence() -> None:
    source = (x.ROOT / "x.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))


def test_imports_nothing_outside_the_standard_library() -> None:
    tree = ast.parse((x.ROOT / "x.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("version", [(3, 11), (3, 11, 7), (3, 14, 0, "final", 0), (4, 0)])
def test_a_python_that_will_do(version: tuple[int, ...]) -> None:
    assert x.python_complaint(version) is None


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 8), (2, 7, 18)])
def test_an_old_python_gets_one_sentence(version: tuple[int, ...]) -> None:
    complaint = x.python_complaint(version)
    assert complaint is not None
    assert "3.11 or newer" in complaint
    assert f"this is {version[0]}.{version[1]};" in complaint
    assert "\n" not in complaint


def test_a_missing_venv_module_names_the_line_to_run() -> None:
    assert x.venv_complaint((3, 12, 1)).endswith("sudo apt-get install python3.12-venv")


# --- the stamp


@pytest.mark.parametrize(
    ("found", "lock", "action", "planned_lock"),
    [
        (None, "run", "make", "run"),
        (None, "dev", "make", "dev"),
        (RUN, "run", "nothing", "run"),
        (DEV, "dev", "nothing", "dev"),
        (DEV, "run", "nothing", "dev"),
        (RUN, "dev", "update", "dev"),
        (RUN._replace(digest="old"), "run", "update", "run"),
        (DEV._replace(digest="old"), "run", "update", "dev"),
        (DEV._replace(digest="old"), "dev", "update", "dev"),
        (DEV._replace(python="3.12"), "dev", "make", "dev"),
        (DEV._replace(root="/elsewhere"), "dev", "make", "dev"),
        (RUN._replace(digest=DEV.digest), "run", "update", "run"),
    ],
)
def test_what_a_stamp_asks_for(found: x.Stamp | None, lock: str, action: str, planned_lock: str) -> None:
    assert x.plan(found, RUN, DEV, lock) == x.Plan(action, planned_lock)


def test_a_stamp_is_read_as_written(tmp_path: Path) -> None:
    DEV.write(tmp_path / "stamp.json")
    assert x.read_stamp(tmp_path / "stamp.json") == DEV
    assert [path.name for path in tmp_path.iterdir()] == ["stamp.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"lock": "dev"}', '{"some": "other", "thing": 1}'])
def test_a_stamp_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "stamp.json").write_text(text, encoding="utf-8")
    assert x.read_stamp(tmp_path / "stamp.json") is None


def test_no_stamp_is_none(tmp_path: Path) -> None:
    assert x.read_stamp(tmp_path / "stamp.json") is None


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("a==1\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "n"\n[tool.ruff]\nx = 1\n', encoding="utf-8")
    return tmp_path


def test_the_stamp_follows_the_lock(tree: Path) -> None:
    before = x.wanted_stamp("run", tree)
    (tree / "requirements" / "run.txt").write_text("a==2\n", encoding="utf-8")
    assert x.wanted_stamp("run", tree) != before


def test_the_stamp_follows_what_is_installed_and_not_the_lint_rules(tree: Path) -> None:
    before = x.wanted_stamp("run", tree)
    (tree / "pyproject.toml").write_text('[project]\nname = "n"\n[tool.ruff]\nx = 2\n', encoding="utf-8")
    assert x.wanted_stamp("run", tree) == before
    (tree / "pyproject.toml").write_text('[project]\nname = "other"\n[tool.ruff]\nx = 2\n', encoding="utf-8")
    assert x.wanted_stamp("run", tree) != before


def test_the_stamp_names_the_python_and_the_place(tree: Path) -> None:
    stamp = x.wanted_stamp("run", tree)
    assert stamp.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert stamp.root == str(tree)


def test_what_is_in_the_place_of_the_venv_goes_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / ".venv"
    x.remove(place)
    place.write_text("a file", encoding="utf-8")
    x.remove(place)
    assert not place.exists()
    kept = tmp_path / "kept"
    kept.mkdir()
    place.symlink_to(kept)
    x.remove(place)
    assert not place.is_symlink()
    assert kept.is_dir()
    assert capsys.readouterr().err == ""
    (place / "bin").mkdir(parents=True)
    x.remove(place)
    assert not place.exists()
    assert "making it again" in capsys.readouterr().err


# --- the commands of the set-up


def importable(*known: str) -> object:
    return lambda _python, *modules: set(modules) <= set(known)


def test_uv_makes_the_venv_where_there_is_uv() -> None:
    [command] = x.make_commands("/opt/uv", "/py")
    assert command[:2] == ["/opt/uv", "venv"]
    assert command[-3:] == ["--python", "/py", str(x.VENV)]


def test_venv_makes_it_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "can_import", importable("venv", "ensurepip", "pip"))
    assert x.make_commands(None, "/py") == [["/py", "-m", "venv", str(x.VENV)]]


def test_without_ensurepip_the_pip_outside_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "can_import", importable("venv", "pip"))
    assert x.make_commands(None, "/py") == [["/py", "-m", "venv", "--without-pip", str(x.VENV)]]


@pytest.mark.parametrize("known", [("pip",), ("venv",), ()])
def test_with_no_way_to_make_one_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, known: tuple[str, ...]
) -> None:
    monkeypatch.setattr(x, "can_import", importable(*known))
    with pytest.raises(x.Stop, match=rf"apt-get install python3\.{sys.version_info.minor}-venv$"):
        x.make_commands(None, "/py")


@pytest.mark.parametrize("uv", ["/opt/uv", None])
def test_only_what_the_lock_names_is_installed_and_the_project_brings_nothing(
    monkeypatch: pytest.MonkeyPatch, uv: str | None
) -> None:
    monkeypatch.setattr(x, "can_import", importable("pip"))
    locked, project = x.install_commands(uv, "/py", Path("some.txt"))
    assert locked[-1] == "some.txt"
    assert "--require-hashes" in locked
    assert locked[locked.index("--only-binary") + 1] == ":all:"
    assert ("sync" in locked) == bool(uv)
    assert ("--no-deps" in locked) == (uv is None), "pip would look for releases that the lock does not name"
    assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(project)


def test_a_venv_without_pip_is_filled_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "can_import", lambda python, *_: python == "/py")
    for command in x.install_commands(None, "/py", Path("some.txt")):
        assert command[:5] == ["/py", "-m", "pip", "--python", x.venv_program("python")]


def test_a_venv_that_no_pip_can_fill_gets_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "can_import", lambda *_: False)
    commands = x.install_commands(None, "/py", Path("some.txt"))
    assert commands[0] == [x.venv_program("python"), "-m", "ensurepip"]


def test_can_import_asks_the_interpreter() -> None:
    assert x.can_import(sys.executable, "json", "venv")
    assert not x.can_import(sys.executable, "json", "no_such_module_anywhere")


# --- how uv learns what pip was told


def test_uv_is_told_what_pip_was_told() -> None:
    told = x.uv_environment(
        {
            "index-url": "https://index.invalid/simple",
            "extra-index-url": "https://a.invalid\nhttps://b.invalid",
            "find-links": "/wheels /more",
            "cert": "/ca.pem",
            "default-timeout": "99",
        },
        {},
    )
    assert told == {
        "UV_DEFAULT_INDEX": "https://index.invalid/simple",
        "UV_INDEX": "https://a.invalid https://b.invalid",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/ca.pem",
        "UV_HTTP_TIMEOUT": "99",
    }


def test_what_uv_was_told_itself_goes_first() -> None:
    settings = {"index-url": "https://index.invalid", "cert": "/ca.pem"}
    assert x.uv_environment(settings, {"UV_DEFAULT_INDEX": "https://own.invalid"}) == {}
    assert "SSL_CERT_FILE" not in x.uv_environment(settings, {"SSL_CERT_FILE": "/own.pem"})


def test_nothing_told_is_nothing_passed_on() -> None:
    assert x.uv_environment({}, {}) == {}


def test_pip_settings_come_from_files_then_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = (
        "global.index-url='https://file.invalid'\nglobal.timeout='7'\ninstall.timeout='8'\nglobal.odd=not a literal\n"
    )
    answer = subprocess.CompletedProcess([], 0, listing, "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    assert x.pip_settings("/py", {}) == {"index-url": "https://file.invalid", "timeout": "8"}
    own = x.pip_settings("/py", {"PIP_INDEX_URL": "https://variable.invalid", "HOME": "/"})
    assert own["index-url"] == "https://variable.invalid"


def test_the_locks_are_made_for_every_platform_and_name_no_index() -> None:
    dev, run = x.lock_commands("/opt/uv", upgrade=False)
    for command in (dev, run):
        assert {"--universal", "--generate-hashes", "--no-emit-index-url"} <= set(command)
        assert "--upgrade" not in command
    assert run[run.index("--constraint") + 1] == dev[-1]
    assert all("--upgrade" in command for command in x.lock_commands("/opt/uv", upgrade=True))


def test_renewing_the_locks_needs_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(x.Stop, match="needs uv"):
        x.relock(upgrade=False)


# --- steps of the set-up


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(x, "ROOT", tmp_path)
    monkeypatch.setattr(x, "SETUP_LOG", tmp_path / "setup.log")
    return tmp_path / "setup.log"


def test_a_quick_step_says_nothing(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    x.quietly("trying", [sys.executable, "-c", "print('kept in the log')"], os.environ)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    assert b"kept in the log" in log.read_bytes()


def test_a_slow_step_says_what_it_does(
    log: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x, "SLOW_SECONDS", 0.0)
    x.quietly("trying", [sys.executable, "-c", "pass"], os.environ)
    assert capfd.readouterr().err == "x.py: trying ...\n"


def test_a_step_that_fails_shows_the_end_of_its_output(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys; [print('line', n) for n in range(100)]; sys.exit(7)"
    with pytest.raises(x.Stop, match=r"trying failed; the whole output is in setup\.log") as stop:
        x.quietly("trying", [sys.executable, "-c", script], os.environ)
    assert stop.value.code == 1
    shown = capfd.readouterr().err.splitlines()
    assert shown[0] == f"line {100 - x.TAIL_LINES}"
    assert shown[-1] == "line 99"


def test_a_step_that_cannot_start_is_a_sentence(log: Path) -> None:
    with pytest.raises(x.Stop, match="trying: "):
        x.quietly("trying", ["/no/such/program"], os.environ)


def test_one_setup_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "CACHE", tmp_path)
    with x.alone():
        pass
    with x.alone():
        assert (tmp_path / "setup.lock").exists()


# --- running


class Started:
    """In place of `x.run`: notes the commands and gives a fixed exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, *command: str) -> int:
        self.commands.append(command)
        return self.code


def test_children_speak_utf8_and_hash_at_random() -> None:
    own = x.child_environment({"PYTHONHASHSEED": "0", "PYTHONUTF8": "0", "https_proxy": "kept"})
    assert own == {"PYTHONUTF8": "1", "https_proxy": "kept"}


def test_run_gives_the_exit_code() -> None:
    assert x.run(sys.executable, "-c", "raise SystemExit(5)") == 5


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_child_gives_the_code_that_a_shell_would() -> None:
    assert x.run(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)") == 143


def test_run_of_nothing_is_a_sentence() -> None:
    with pytest.raises(x.Stop, match="cannot start"):
        x.run("/no/such/program")


def test_steps_stop_at_the_first_failure(capfd: pytest.CaptureFixture[str]) -> None:
    def exiting(code: int) -> list[str]:
        return [sys.executable, "-c", f"print('ran {code}'); raise SystemExit({code})"]

    assert x.steps([("one", exiting(0)), ("two", exiting(3)), ("three", exiting(4))]) == 3
    out, err = capfd.readouterr()
    assert out.split("\n") == ["ran 0", "ran 3", ""]
    assert err.splitlines() == ["== one", "== two", "x.py: two failed"]


def test_the_whole_run_lints_in_this_order_before_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(x, "need", lambda lock: seen.append(lock))

    def steps(named: Sequence[tuple[str, list[str]]]) -> int:
        seen.extend(name for name, _ in named)
        return 0

    monkeypatch.setattr(x, "steps", steps)
    monkeypatch.setattr(x, "checker_for_tests", lambda: seen.append("checker"))
    assert x.main(["test"]) == 0
    assert seen == ["dev", "checker", "ruff check", "ruff format", "mypy", "lint-imports", "pytest"]
    assert f"--cov-fail-under={x.COVERAGE_FLOOR}" in x.pytest_command()


def test_arguments_go_to_pytest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started(4)
    monkeypatch.setattr(x, "need", lambda _: None)
    monkeypatch.setattr(x, "run", started)
    assert x.main(["test", "-k", "armor"]) == 4
    assert started.commands == [(x.venv_program("python"), "-m", "pytest", "-k", "armor")]


@pytest.mark.parametrize("name", sorted(x.TASKS))
def test_a_program_that_is_not_there_is_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(x, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["x.py", name])
    with pytest.raises(SystemExit) as left:
        x.door()
    assert left.value.code == 2
    assert capsys.readouterr().err == f"x.py: {name} needs {x.TASKS[name].target}, which this tree does not have\n"


@pytest.mark.parametrize("name", sorted(x.TASKS))
def test_a_program_gets_its_arguments(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / x.TASKS[name].target
    target.parent.mkdir(parents=True)
    target.touch()
    needed: list[str] = []
    started = Started(0)
    monkeypatch.setattr(x, "ROOT", tmp_path)
    monkeypatch.setattr(x, "need", needed.append)
    monkeypatch.setattr(x, "run", started)
    assert x.main([name, "--help", "one"]) == 0
    task = x.TASKS[name]
    assert needed == [task.lock]
    assert started.commands == [(x.venv_program("python"), *task.arguments, "--help", "one")]


@pytest.mark.parametrize("name", ["demo", "world"])
def test_what_is_for_everybody_needs_no_tools_of_development(name: str) -> None:
    assert x.TASKS[name].lock == "run"


# --- the models


class Machine:
    """In place of what x.py asks of this machine: which programs there are, who we are, what apt-get does."""

    def __init__(self, patch: pytest.MonkeyPatch, *programs: str, root: bool, apt_works: bool = True) -> None:
        self.programs = set(programs)
        self.apt_works = apt_works
        self.ran: list[list[str]] = []
        patch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in self.programs else None)
        patch.setattr(os, "geteuid", lambda: 0 if root else 1000, raising=False)
        patch.setattr(x, "quietly", self.quietly)
        patch.delenv("CI", raising=False)

    def quietly(self, what: str, command: Sequence[str], environment: dict[str, str]) -> None:
        self.ran.append(list(command))
        assert environment["DEBIAN_FRONTEND"] == "noninteractive"
        if not self.apt_works:
            raise x.Stop(f"{what} failed")
        self.programs |= {name for name in command if name in x.CHECKER}


def test_a_checker_that_is_there_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, "spin", "gcc", "apt-get", root=True)
    x.need_checker()
    assert machine.ran == []


def test_root_gets_what_is_missing_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, "gcc", "apt-get", root=True)
    x.need_checker()
    assert machine.ran == [["apt-get", "update"], ["apt-get", "install", "-y", "spin"]]


@pytest.mark.parametrize(("programs", "root"), [(("gcc", "apt-get"), False), (("gcc",), True)])
def test_where_it_is_not_ours_to_install_it_names_the_line_to_run(
    monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], root: bool
) -> None:
    machine = Machine(monkeypatch, *programs, root=root)
    with pytest.raises(x.Stop, match=r"needs spin; .*sudo apt-get update && sudo apt-get install -y spin$"):
        x.need_checker()
    assert machine.ran == []


def test_the_test_run_goes_on_without_models_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Machine(monkeypatch, "apt-get", root=True, apt_works=False)
    x.checker_for_tests()
    assert capsys.readouterr().err == "x.py: the models will be skipped: installing spin and gcc failed\n"


def test_in_ci_the_models_are_never_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, root=False)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(x.Stop, match="needs spin and gcc"):
        x.checker_for_tests()


def test_the_models_get_their_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    started, needed = Started(3), list[str]()
    monkeypatch.setattr(x, "run", started)
    monkeypatch.setattr(x, "need", needed.append)
    monkeypatch.setattr(x, "need_checker", lambda: needed.append("checker"))
    assert x.main(["model", "restore", "--deep"]) == 3
    assert needed == ["run", "checker"]
    assert started.commands == [(x.venv_program("python"), "-m", "formal.run", "restore", "--deep")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["dance"],
            "there is no command 'dance'; there are: bench, demo, docs, format, fuzz, lint, model, setup, test, world",
        ),
        (["lint", "now"], "lint takes no arguments"),
        (["format", "now"], "format takes no arguments"),
        (["setup", "--extras"], "setup knows --relock and --upgrade, not --extras"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["x.py", *arguments])
    with pytest.raises(SystemExit) as left:
        x.door()
    assert left.value.code == 2
    assert capsys.readouterr().err == f"x.py: {said}\n"


def test_alone_it_prints_a_help_of_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert x.main([]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) <= 12
    for name in (*x.TASKS, *x.OWN):
        assert f"\n  {name} " in out


def test_an_old_python_stops_at_the_door(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    complaint = x.python_complaint((3, 9))
    monkeypatch.setattr(x, "python_complaint", lambda _: complaint)
    monkeypatch.setattr(sys, "argv", ["x.py"])
    with pytest.raises(SystemExit) as left:
        x.door()
    assert left.value.code == 1
    assert "this is 3.9" in capsys.readouterr().err


def test_ctrl_c_leaves_cleanly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(x, "main", interrupted)
    with pytest.raises(SystemExit) as left:
        x.door()
    assert left.value.code == 130
    assert capsys.readouterr().err == "x.py: interrupted\n"


def test_leaving_takes_the_child_along() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    with pytest.raises(KeyboardInterrupt), x.leaving(process):
        raise KeyboardInterrupt
    assert process.returncode is not None
