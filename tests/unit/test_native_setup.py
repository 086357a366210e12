"""A native Lean is made ready by elan and Lake, which are stand-ins here; every error says what to do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import elan_stand_in
import pytest
from elan_stand_in import log_of
from kimina_stand_in import KiminaStandIn
from rich.console import Console
from typer.testing import CliRunner

from prover.attempts.home import LeanChoice, LeanHome, native_home, open_home
from prover.cli import app
from prover.cli.choices import lean_choice
from prover.doctor import check_native
from prover.errors import InputError, SetupError
from prover.lean.backend import LeanProver
from prover.lean.embedded.sources import lean_project_dir
from prover.lean.native.community import CommunityLaunch
from prover.lean.native.launch import find_repl, native_launch
from prover.lean.native.project import (
    MATHLIB_HEADER,
    manifest_packages,
    own_project,
    own_toolchain,
    read_project,
    repl_tag,
)
from prover.lean.native.setup import setup_native
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import SessionDied
from prover.statements.preludes import start_with_prelude
from prover.types import Closed, Statement

QUIET = Console(quiet=True)
OTHER = "leanprover/lean4:v4.20.1"
BOTH = "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with elan, and no toolchain yet."""
    folder = tmp_path / "elan"
    tools = elan_stand_in.install(folder)
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ELAN_HOME", raising=False)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's Lake project with another toolchain than ours, without Mathlib."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "lakefile.toml").write_text('name = "mine"\n')
    (folder / "lean-toolchain").write_text(f"{OTHER}\n")
    return folder


def test_everything_is_fetched_and_built_once(machine: Path) -> None:
    project, repl = setup_native(console=QUIET)
    assert repl.ours and repl.path.is_file()
    assert log_of(machine) == [
        "elan toolchain list",
        f"elan toolchain install {own_toolchain()}",
        "lake exe cache get",
        "lake build repl",
    ]
    setup_native(console=QUIET)
    assert log_of(machine)[4:] == ["elan toolchain list"]
    assert (project.folder / "Prover" / "Repl" / "Main.lean").is_file()


def test_our_lake_project_pins_mathlib_and_the_repl_at_its_toolchain() -> None:
    version = own_toolchain().rpartition(":")[2]
    pins = {p["name"]: (p["inputRev"], p["rev"]) for p in manifest_packages(lean_project_dir())}
    assert pins["mathlib"][0] == pins["REPL"][0] == version == repl_tag(own_toolchain())
    assert all(len(revision) == 40 for _, revision in pins.values())
    lakefile = (lean_project_dir() / "lakefile.toml").read_text()
    assert lakefile.count(f'rev = "{version}"') == 2


def test_our_repl_that_does_not_build_gives_way_to_the_communitys(machine: Path) -> None:
    (machine / "trouble").write_text("build")
    _, repl = setup_native(console=QUIET)
    assert not repl.ours and repl.path.is_file()


def test_a_users_project_is_left_alone_and_gets_the_repl_of_its_toolchain(
    machine: Path, project: Path
) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*")}
    mine, repl = setup_native(read_project(project), console=QUIET)
    assert {path: path.read_bytes() for path in project.rglob("*")} == before
    assert not repl.ours and not repl.path.is_relative_to(project)
    assert 'rev = "v4.19.0"' in (mine.workshop / "lakefile.toml").read_text()
    assert (mine.workshop / "lean-toolchain").read_text().strip() == OTHER


def test_a_file_inside_a_project_finds_it(project: Path) -> None:
    (project / "Sub").mkdir()
    assert read_project(project / "Sub").folder == project.resolve()


def test_offline_asks_no_server_and_says_what_is_missing(machine: Path, project: Path) -> None:
    with pytest.raises(SetupError, match=f"toolchain {OTHER} is not installed.*elan toolchain install"):
        setup_native(read_project(project), offline=True, console=QUIET)
    (machine / "toolchains").write_text(f"{own_toolchain()}\n")
    with pytest.raises(SetupError, match="Mathlib is not built.*lake exe cache get"):
        setup_native(offline=True, console=QUIET)
    assert not any("install" in line or "cache" in line for line in log_of(machine))


def test_offline_builds_what_was_prepared(machine: Path) -> None:
    (machine / "toolchains").write_text(f"{own_toolchain()}\n")
    (machine / "trouble").write_text("network")
    built = own_project().folder / ".lake" / "packages" / "mathlib" / ".lake" / "build" / "lib"
    built.mkdir(parents=True)
    _, repl = setup_native(offline=True, console=QUIET)
    assert repl.path.is_file()


def test_a_machine_without_network_is_told_of_offline(machine: Path) -> None:
    (machine / "trouble").write_text("network")
    with pytest.raises(SetupError, match="(?s)no server can be reached.*--offline.*Could not resolve host"):
        setup_native(console=QUIET)


def test_a_machine_without_elan_is_told_where_to_get_it(
    machine: Path, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(SetupError, match="install elan.*lean-lang.org/install"):
        setup_native(console=QUIET)


def test_elan_is_found_where_it_installs_itself(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("ELAN_HOME", str(machine))
    assert setup_native(console=QUIET)[1].path.is_file()


@pytest.mark.parametrize(
    ("toolchain", "tag"),
    [
        ("leanprover/lean4:v4.28.0", "v4.28.0"),
        ("leanprover/lean4:v4.29.0-rc3", "v4.28.0"),
        ("leanprover/lean4:v4.12.0", "v4.11.0-rc1"),
        ("leanprover/lean4:v4.35.0", "v4.33.0-rc2"),
        ("leanprover/lean4:4.25.2", "v4.25.1"),
        ("v4.30.0", "v4.30.0"),
        ("leanprover/lean4:v4.2.0", None),
        ("leanprover/lean4:nightly-2026-01-01", None),
        ("my-own-build", None),
    ],
)
def test_the_repl_of_a_toolchain_is_that_of_its_version_or_the_last_before(
    toolchain: str, tag: str | None
) -> None:
    assert repl_tag(toolchain) == tag


def test_a_toolchain_without_a_repl_says_so(machine: Path, project: Path) -> None:
    (project / "lean-toolchain").write_text("leanprover/lean4:nightly-2026-01-01\n")
    with pytest.raises(SetupError, match="no community REPL is known for .*nightly"):
        setup_native(read_project(project), console=QUIET)


def test_a_folder_that_is_no_project_and_one_without_a_toolchain(tmp_path: Path, project: Path) -> None:
    with pytest.raises(InputError, match="in no Lake project"):
        read_project(tmp_path / "nowhere")
    (project / "lean-toolchain").unlink()
    with pytest.raises(InputError, match="names no toolchain"):
        read_project(project)


def test_a_project_whose_repl_is_not_built_names_the_command(machine: Path, project: Path) -> None:
    with pytest.raises(SetupError, match=rf"prover setup lean --native --project {project}"):
        native_home(read_project(project), QUIET)


def test_a_new_toolchain_asks_for_a_repl_of_its_own(machine: Path, project: Path) -> None:
    setup_native(read_project(project), console=QUIET)
    (project / "lean-toolchain").write_text("leanprover/lean4:v4.30.0\n")
    with pytest.raises(SetupError, match=r"no REPL for the toolchain leanprover/lean4:v4\.30\.0"):
        find_repl(read_project(project))


def test_statements_without_a_header_get_the_projects(machine: Path, project: Path) -> None:
    setup_native(read_project(project), console=QUIET)
    manifest = {"packages": [{"name": "mathlib", "rev": "0" * 40}]}
    without, own = Statement("t", "theorem t : True"), Statement("t", "theorem t : True", "import Mine\n")
    assert native_home(read_project(project), QUIET).headers(without)[0].header == ""
    (project / "lake-manifest.json").write_text(json.dumps(manifest))
    home = native_home(read_project(project), QUIET)
    assert home.headers(without)[0].header == MATHLIB_HEADER
    assert home.headers(own)[0].header == "import Mine\n"


async def test_lake_decides_the_imports_and_the_address_space_ends(machine: Path, project: Path) -> None:
    mine, repl = setup_native(read_project(project), console=QUIET)
    launch = native_launch(mine, repl, address_space=400_000_000)
    assert isinstance(launch, CommunityLaunch) and launch.cwd == str(mine.folder)
    session = await launch.start()
    await session.request({"cmd": "example : True := by sorry"}, 20)
    assert log_of(machine)[-1] == "lake env"
    assert launch.env["LEAN_PATH"].endswith(f":{mine.folder}/.lake/build/lib")
    with pytest.raises(SessionDied, match="MemoryError"):
        await session.request({"proofState": 0, "tactic": "stand_in grow 900"}, 20)


def test_what_lake_says_against_a_project_is_shown(machine: Path, project: Path) -> None:
    mine, repl = setup_native(read_project(project), console=QUIET)
    (machine / "toolchains").write_text("")
    with pytest.raises(SetupError, match="there is no such toolchain: look at `elan toolchain list`"):
        native_launch(mine, repl)


def test_no_key_of_the_user_reaches_lean(
    machine: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    mine, repl = setup_native(read_project(project), console=QUIET)
    assert "secret" not in str(native_launch(mine, repl).env)


# The other servers.


async def proved_by(home: LeanHome) -> bool:
    async with LeanPool(home.launch, PoolSettings(spares=0)) as pool:
        prover = LeanProver(pool)
        _, state = await start_with_prelude(prover, Statement("both", BOTH), home.headers)
        return isinstance(await prover.step(state, "exact ⟨hp, hq⟩"), Closed)


async def test_pantograph_of_a_project_is_run_by_its_lake(machine: Path, project: Path) -> None:
    choice = LeanChoice("pantograph", read_project(project))
    with pytest.raises(SetupError, match="no Pantograph for .*lake build @pantograph/repl"):
        open_home(choice, QUIET)
    (machine / "toolchains").write_text(f"{OTHER}\n")
    executable = project / ".lake" / "packages" / "pantograph" / ".lake" / "build" / "bin" / "repl"
    recordings = elan_stand_in.TESTS / "community_dialogues.json"
    elan_stand_in.executable(executable, f"pantograph_stand_in.py {recordings}")
    assert await proved_by(open_home(choice, QUIET))
    assert log_of(machine) == ["lake env"]


async def test_a_lean_server_needs_nothing_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    async def lean(code: str) -> dict[str, object]:
        open_hole = {"goal": "p q : Prop\n⊢ p ∧ q", "pos": {"line": code.count("\n") + 1, "column": 2}}
        return {"env": 0} if "exact" in code else {"env": 0, "sorries": [open_hole]}

    async with KiminaStandIn(lean) as server:
        home = await asyncio.to_thread(open_home, lean_choice(server.url, None), QUIET)
        assert await proved_by(home)
        assert server.bodies[0]["snippets"][0]["code"].startswith("import Mathlib\n")
    with pytest.raises(SetupError, match=f"no Kimina Lean Server answers at {server.url}"):
        open_home(lean_choice(server.url, None), QUIET)


# As a user runs it.


def prover(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return getattr(result.exception, "exit_code", 1), result.output, str(result.exception)
    return result.exit_code, result.output, result.stderr


def recorded(folder: Path) -> tuple[str, ...]:
    """Options for a policy that proposes two tactics, the second of which proves `BOTH`."""
    recording = folder / "tactics.jsonl"
    goal = "p q : Prop\nhp : p\nhq : q\n⊢ p ∧ q"
    candidates = [{"tactic": "exact nope", "logprob": -0.1}, {"tactic": "exact ⟨hp, hq⟩", "logprob": -1.0}]
    recording.write_text(json.dumps({"state": goal, "candidates": candidates}) + "\n")
    return ("--policy", "replay", "--recording", str(recording), "--json", "--quiet")


def test_a_hole_of_a_projects_file_is_filled_and_judged(machine: Path, project: Path, tmp_path: Path) -> None:
    setup_native(read_project(project), console=QUIET)
    file = project / "Basic.lean"
    file.write_text(f"import Init\n{BOTH} := by\n  sorry\n")
    code, out, error = prover(
        "prove", f"{file}:both", "--project", str(project), "--write", *recorded(tmp_path)
    )
    assert code == 0, (out, error)
    assert file.read_text() == f"import Init\n{BOTH} := by\n  exact ⟨hp, hq⟩\n"


def test_prove_in_a_project_from_set_up_to_verdict(machine: Path, project: Path, tmp_path: Path) -> None:
    code, out, _ = prover("setup", "lean", "--native", "--project", str(project))
    assert code == 0 and "the community REPL" in out
    code, out, error = prover("prove", BOTH, "--project", str(project), *recorded(tmp_path))
    assert code == 0, (out, error)
    record = json.loads(out)
    assert record["script"] == "exact ⟨hp, hq⟩"
    assert [rung["name"] for rung in record["rungs"]] == [
        "syntax",
        "elaborates",
        "statement",
        "axioms",
    ]


def test_a_file_is_judged_by_the_users_own_lean_where_our_repl_runs(machine: Path, tmp_path: Path) -> None:
    setup_native(console=QUIET)
    solution, lie = tmp_path / "Solution.lean", tmp_path / "Lie.lean"
    solution.write_text("import Mathlib\ntheorem t : True := trivial\n")
    lie.write_text("import Mathlib\n-- a lie\n")
    code, out, error = prover("verify", str(solution), "--lean", "native")
    assert code == 0 and "1 of 1 proved" in out, (out, error)
    assert prover("verify", str(lie), "--lean", "native")[0] == 1
    bundle = str(tmp_path / "bundle")
    code, out, error = prover("export", str(solution), bundle, "--lean", "native")
    assert code == 0 and "1 of 1 proved" in out, (out, error)


def test_where_only_the_communitys_repl_runs_the_way_out_for_whole_files_is_said(
    machine: Path, project: Path
) -> None:
    setup_native(read_project(project), console=QUIET)
    (project / "t.lean").write_text("theorem t : True := trivial\n")
    code, _, error = prover("verify", str(project / "t.lean"), "--project", str(project))
    assert code == 3 and f"which is for {own_toolchain()}" in error and "export --no-judge" in error


def test_doctor_says_which_native_lean_and_which_mathlib(machine: Path, project: Path) -> None:
    before = check_native(project)
    assert before.status == "optional" and before.remedy.endswith(f"--native --project {project}")
    setup_native(read_project(project), console=QUIET)
    assert check_native(project).detail == f"the community one, for {OTHER}, without Mathlib, in {project}"
    setup_native(console=QUIET)
    own = check_native(Path("/"))
    assert own.status == "ok" and own.detail.startswith(f"ours, for {own_toolchain()}, Mathlib 8f9d9cff6bd7")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("prove", "True", "--lean", "wasm"),
            "unknown Lean 'wasm'; known: embedded, native, pantograph, or a URL",
        ),
        (("prove", "True", "--lean", "http://x", "--project", "."), "a Lean server has its own"),
        (("prove", "True", "--lean", "embedded", "--project", "."), "--project goes with --lean native"),
        (("prove", "True", "--project", "/"), "/ is in no Lake project"),
        (("setup", "lean", "--offline"), "go with --native"),
        (("setup", "lean", "--native", "--keep"), "without --native"),
    ],
)
def test_options_that_do_not_go_together_are_bad_input(words: tuple[str, ...], says: str) -> None:
    code, _, error = prover(*words)
    assert code == 2 and says in error
