"""What a confined process can still do: with bubblewrap where it runs, with resource limits everywhere."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prover import sandbox
from prover.sandbox import Confinement, Limits, confinement_here, sandboxed

KINDS: list[Confinement] = ["limits"] if confinement_here() == "limits" else ["limits", "bubblewrap"]
PYTHON = str(
    Path("/usr/bin/python3") if Path("/usr/bin/python3").exists() else Path(sys.executable).resolve()
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "lakefile.toml").write_text("name = 'p'\n")
    (tmp_path / "scratch").mkdir()
    return folder


def run(
    command: list[str], project: Path, kind: Confinement, limits: Limits | None = None
) -> subprocess.CompletedProcess[str]:
    toolchain = [Path(sys.base_prefix)] if not PYTHON.startswith("/usr/bin") else []
    line = sandboxed(
        command, project, project.parent / "scratch", limits, toolchain=toolchain, confinement=kind
    )
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_runs_in_its_project_with_its_arguments(project: Path, kind: Confinement) -> None:
    done = run(["sh", "-c", 'pwd; cat lakefile.toml; echo "$1" >&2', "x", "a b'c"], project, kind)
    assert (done.stdout, done.stderr) == (f"{project}\nname = 'p'\n", "a b'c\n")


@pytest.mark.parametrize("kind", KINDS)
def test_the_exit_code_is_the_commands(project: Path, kind: Confinement) -> None:
    assert run(["sh", "-c", "exit 7"], project, kind).returncode == 7


@pytest.mark.parametrize("kind", KINDS)
def test_the_temporary_folder_is_its_own(project: Path, kind: Confinement) -> None:
    assert run(["sh", "-c", 'echo hello > "$TMPDIR/note"'], project, kind).returncode == 0
    assert (project.parent / "scratch" / "note").read_text() == "hello\n"


@pytest.mark.parametrize("kind", KINDS)
def test_no_variable_is_seen_that_was_not_named(
    project: Path, kind: Confinement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    own = "/tmp" if kind == "bubblewrap" else str(project.parent / "scratch")
    made_by_the_shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    for env, names in ((None, {"PATH", "LANG", "TZ"}), ({"LEAN_PATH": "x y"}, {"LEAN_PATH"})):
        line = sandboxed(["/usr/bin/env"], project, project.parent / "scratch", env=env, confinement=kind)
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
        seen = dict(row.split("=", 1) for row in done.stdout.splitlines())
        assert seen.keys() - made_by_the_shell <= names | {"HOME", "TMPDIR"}
        assert seen["HOME"] == seen["TMPDIR"] == own
        assert env is None or seen["LEAN_PATH"] == "x y"


@pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's")
@pytest.mark.parametrize("kind", KINDS)
def test_a_library_that_the_user_preloads_is_left_outside(
    project: Path, kind: Confinement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loader that does not find it complains on stderr, of every program."""
    loaded = Path("/proc/self/maps").read_text().split()
    library = project.parent / "preloaded.so"
    shutil.copy(next(word for word in loaded if "libm.so" in word or "libm-" in word), library)
    monkeypatch.setenv("LD_PRELOAD", str(library))
    done = run(["sh", "-c", "echo there"], project, kind)
    assert (done.stdout, done.stderr) == ("there\n", "")


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_limited(project: Path, kind: Confinement) -> None:
    limits = Limits(memory_bytes=300 << 20)
    assert run([PYTHON, "-c", "bytearray(10 << 20)"], project, kind, limits).returncode == 0
    done = run([PYTHON, "-c", "bytearray(900 << 20)"], project, kind, limits)
    assert done.returncode != 0 and "MemoryError" in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_processor_time_is_limited(project: Path, kind: Confinement) -> None:
    done = run(["sh", "-c", "while :; do :; done"], project, kind, Limits(cpu_seconds=1))
    assert done.returncode != 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_of_a_file_is_limited(project: Path, kind: Confinement) -> None:
    write = 'head -c 4000000 /dev/zero > "$TMPDIR/big"'
    assert run(["sh", "-c", write], project, kind, Limits(file_bytes=1 << 20)).returncode != 0
    assert (project.parent / "scratch" / "big").stat().st_size <= 1 << 20


@pytest.mark.parametrize("kind", KINDS)
def test_the_limits_are_those_asked_for(project: Path, kind: Confinement) -> None:
    code = (
        "import resource as r;"
        "print([r.getrlimit(x) for x in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_NPROC)])"
    )
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=60, processes=100, file_bytes=1 << 20)
    done = run([PYTHON, "-c", code], project, kind, limits)
    *others, (processes, hard) = ast.literal_eval(done.stdout)
    assert others == [(1 << 30,) * 2, (60,) * 2, (1 << 20,) * 2]
    # Without a namespace of its own, all that the user runs is counted too.
    assert processes == hard and (processes == 100 if kind == "bubblewrap" else processes > 100)


def test_a_limit_that_is_lower_already_stands(project: Path) -> None:
    lower = ["sh", "-c", 'ulimit -f 1 && exec "$@"', "x", sys.executable, "-c", _SANDBOXED, str(project)]
    done = subprocess.run(lower, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "1", done.stderr


_SANDBOXED = """
import subprocess, sys
from pathlib import Path
from prover.sandbox import sandboxed
line = sandboxed(["sh", "-c", "ulimit -f"], Path(sys.argv[1]), Path(sys.argv[1]), confinement="limits")
sys.exit(subprocess.run(line).returncode)
"""


def test_a_limit_that_cannot_be_set_stops_the_command() -> None:
    """Where less is allowed already than is asked for, nothing runs."""
    line = sandboxed(
        ["echo", "ran"], Path("/"), Path("/tmp"), Limits(file_bytes=1 << 30), confinement="limits"
    )
    unprivileged = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []
    lower = ["sh", "-c", 'ulimit -f 1 && exec "$@"', "x", *unprivileged]
    done = subprocess.run([*lower, *line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 126 and done.stdout == "" and "cannot limit" in done.stderr


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def connects(project: Path, kind: Confinement, port: int) -> bool:
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
    return run([PYTHON, "-c", code], project, kind).returncode == 0


@pytest.mark.skipif("bubblewrap" not in KINDS, reason="bubblewrap does not run on this machine")
class TestBubblewrap:
    """What resource limits alone cannot do."""

    def test_there_is_no_network(self, project: Path, listener: int) -> None:
        assert connects(project, "limits", listener)
        assert not connects(project, "bubblewrap", listener)

    def test_the_project_cannot_be_written(self, project: Path) -> None:
        done = run(["sh", "-c", "echo x >> lakefile.toml || touch new"], project, "bubblewrap")
        assert done.returncode != 0 and (project / "lakefile.toml").read_text() == "name = 'p'\n"
        assert not (project / "new").exists()

    def test_other_folders_are_not_there(self, project: Path) -> None:
        secret = project.parent / "secret"
        secret.write_text("key")
        assert run(["cat", str(secret)], project, "bubblewrap").returncode != 0
        assert run(["ls", "/root", "/home", "/etc/passwd"], project, "bubblewrap").stdout == ""

    def test_other_processes_are_not_seen(self, project: Path) -> None:
        done = run(["sh", "-c", "ls /proc"], project, "bubblewrap")
        assert sum(name.isdigit() for name in done.stdout.split()) < 10

    def test_it_ends_with_the_one_that_started_it(self, project: Path) -> None:
        line = sandboxed(["sleep", "60"], project, project.parent / "scratch", confinement="bubblewrap")
        with subprocess.Popen(line, start_new_session=True) as process:
            process.kill()
        assert process.returncode != 0


def test_bubblewraps_command_line_shows_nothing_but_what_is_named(tmp_path: Path) -> None:
    project, elan, scratch = tmp_path / "p", tmp_path / "elan", tmp_path / "s"
    line = sandboxed(["lake", "env"], project, scratch, toolchain=[elan], confinement="bubblewrap")
    assert "--unshare-all" in line and "--die-with-parent" in line
    assert [line[i + 1] for i, word in enumerate(line) if word == "--bind"] == [str(scratch)]
    shown = {line[i + 1] for i, word in enumerate(line) if word == "--ro-bind"}
    assert shown == {str(project), str(elan)}
    assert line[-2:] == ["lake", "env"]


def test_what_macos_takes_from_the_shell_is_given_to_the_program_itself(project: Path) -> None:
    env = {"DYLD_LIBRARY_PATH": "/lean/lib", "LEAN_PATH": "x"}
    line = sandboxed(["repl"], project, project.parent / "scratch", env=env, confinement="limits")
    assert line[-3:] == ["/usr/bin/env", "DYLD_LIBRARY_PATH=/lean/lib", "repl"]


@pytest.fixture
def bwrap_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put first on the PATH, to be written; what is known of the machine is asked anew."""
    cached = (sandbox.confinement_here, sandbox.sealed_here, sandbox._root_makes_namespaces)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for function in cached:
        function.cache_clear()
    stand_in = tmp_path / "bwrap"
    stand_in.touch(0o755)
    yield stand_in
    for function in cached:
        function.cache_clear()


def test_a_bubblewrap_that_may_not_make_namespaces_is_not_relied_on(bwrap_stand_in: Path) -> None:
    bwrap_stand_in.write_text("#!/bin/sh\necho 'bwrap: no permissions' >&2\nexit 1\n")
    assert sandbox.confinement_here() == sandbox.sealed_here() == "limits"


def test_a_bubblewrap_that_limits_no_folder_is_not_relied_on_for_programs(bwrap_stand_in: Path) -> None:
    bwrap_stand_in.write_text(
        '#!/bin/sh\nfor one; do [ "$one" != --size ] || { echo "Unknown option" >&2; exit 1; }; done\n'
    )
    assert (sandbox.confinement_here(), sandbox.sealed_here()) == ("bubblewrap", "limits")


def test_bubblewrap_is_named_by_its_path_as_the_programs_path_may_lack_its_folder(
    bwrap_stand_in: Path,
) -> None:
    line = sandbox.sealed(["true"], Path("/usr"), Limits(), toolchain=(), private_bytes=1 << 20)
    assert line[0] == str(bwrap_stand_in)
