"""Fetches one exact version of an npm package into a folder: resumable, and checked by its hash."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded.manifest import digest_of
from prover.lean.embedded.progress import byte_progress

PUBLIC_REGISTRY = "https://registry.npmjs.org"
ATTEMPTS = 5
"""Connections that may break in the middle of one download; each goes on where the last one ended."""

_HOPELESS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Errors before anything came that the next try would only meet again."""

_TIMEOUT = httpx.Timeout(connect=20.0, read=60.0, write=60.0, pool=20.0)


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """An exact version of a package. `integrity` is npm's own `sha512-<base64>`."""

    name: str
    version: str
    integrity: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def folder_name(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}.tgz"

    def url(self, registry: str) -> str:
        return f"{registry}/{self.name}/-/{self.file_name}"


def registry_url(environment: Mapping[str, str] | None = None, home: Path | None = None) -> str:
    """The registry that npm itself would ask, without a final slash; `PROVER_NPM_REGISTRY` goes before it."""
    env = os.environ if environment is None else environment
    for name in ("PROVER_NPM_REGISTRY", "npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if env.get(name):
            return env[name].rstrip("/")
    settings = env.get("npm_config_userconfig") or env.get("NPM_CONFIG_USERCONFIG")
    path = Path(settings) if settings else (home or Path.home()) / ".npmrc"
    return (_registry_in(path, env) or PUBLIC_REGISTRY).rstrip("/")


def _registry_in(npmrc: Path, env: Mapping[str, str]) -> str | None:
    """The `registry =` line of an .npmrc, its `${NAME}` replaced from the environment as npm does."""
    try:
        text = npmrc.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    lines = re.findall(r"^[ \t]*registry[ \t]*=[ \t]*(\S+)", text, re.MULTILINE)
    if not lines:
        return None
    value = str(lines[-1]).strip("\"'")
    return re.sub(r"\$\{(\w+)\}", lambda match: env.get(match[1], match[0]), value)


def check_integrity(path: Path, package: NpmPackage) -> None:
    """Raises `SetupError` unless the file's hash is the published one."""
    algorithm, _, expected = package.integrity.partition("-")
    found = base64.b64encode(digest_of(path, algorithm)).decode()
    if found != expected:
        raise SetupError(
            f"{path.name} is not {package}: its {algorithm} is {found[:16]}…, "
            f"the published one is {expected[:16]}…"
        )


def fetch(package: NpmPackage, folder: Path, console: Console) -> Path:
    """The tarball of `package` in `folder`, whole and checked; what an earlier try left is used.

    The caller holds the lock. Raises `SetupError` where the registry cannot be reached, lacks the
    package, or serves something else than the published file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target, partial = folder / package.file_name, folder / f"{package.file_name}.part"
    if _is_whole(target, package):
        return target
    resumed = partial.exists()
    _download(package, partial, console)
    if resumed and not _is_whole(partial, package):
        partial.unlink()  # The old part was not of this file: once more, from nothing.
        _download(package, partial, console)
    try:
        check_integrity(partial, package)
    except SetupError:
        partial.unlink()
        raise
    os.replace(partial, target)
    return target


def _is_whole(path: Path, package: NpmPackage) -> bool:
    try:
        check_integrity(path, package)
    except (OSError, SetupError):
        return False
    return True


def _download(package: NpmPackage, partial: Path, console: Console) -> None:
    """Bring `partial` to its full length, over as many connections as it takes, up to `ATTEMPTS`."""
    url = package.url(registry_url())
    for attempt in range(1, ATTEMPTS + 1):
        before = _size(partial)
        try:
            with httpx.Client(follow_redirects=True, timeout=_TIMEOUT) as client:
                _receive(client, url, partial, package, console)
            return
        except httpx.TransportError as error:
            nothing_came = _size(partial) == before
            if attempt == ATTEMPTS or (nothing_came and isinstance(error, _HOPELESS)):
                raise _no_network(url, error) from error
            time.sleep(min(0.25 * 2**attempt, 4.0))  # Give a registry under strain a moment.
        except (httpx.InvalidURL, httpx.HTTPError, ValueError, ImportError) as error:
            raise _no_network(url, error) from error


def _receive(client: httpx.Client, url: str, partial: Path, package: NpmPackage, console: Console) -> None:
    """One connection: append what is missing, or write all where the server knows no ranges."""
    have = _size(partial)
    # Identity: a proxy that compresses on the way would give other bytes than the hash is of.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # All of it is here already, or too much: the hash decides.
        if response.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise SetupError(
                f"{url} answers {response.status_code} {response.reason_phrase}: check the npm registry "
                "setting (PROVER_NPM_REGISTRY), or give the file: `prover setup lean --from FILE.tgz`"
            )
        start = have if _continues(response, have) else 0
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else None
        with (
            open(partial, "ab" if start else "wb") as file,
            byte_progress(console, f"Fetching {package}", total, start) as advance,
        ):
            for block in response.iter_raw():  # As it comes: a buffer would be lost when the line breaks.
                file.write(block)
                advance(len(block))


def _continues(response: httpx.Response, have: int) -> bool:
    """Whether the answer starts where our part ends."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return False
    return bool(re.match(rf"bytes {have}-", response.headers.get("Content-Range", "")))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _no_network(url: str, error: Exception) -> SetupError:
    reason = str(error) or type(error).__name__
    return SetupError(
        f"cannot fetch {url} ({reason}): run `prover setup lean` again when online, "
        "or give the file: `prover setup lean --from FILE.tgz`"
    )
