"""The slim script does what the full one does, without the exports that nobody uses."""

from __future__ import annotations

import json
import subprocess

import pytest
from fake_registry import LEAN_JS

from prover.errors import SetupError
from prover.lean.embedded.node import MINIMUM_MAJOR, find_node, node_version
from prover.lean.embedded.slim import slim_script

PROBE = """
var calls=[];var grown={b:1,a:2};
assignWasmExports({used:(...args)=>calls.push(args),table:"T",unused_one:1,unused_two:2});
start();
var found=[find({exports:grown},"a"),find({exports:grown},"toString"),find({exports:grown},"late")];
grown.late=3;
found.push(find({exports:grown},"late"),find({exports:grown},"b"));
grown.later=4;
console.log(JSON.stringify({calls,found,name:name(grown,3),none:name(grown,9)??null}));
"""


def run(script: str) -> dict[str, object]:
    done = subprocess.run(
        [find_node(), "-"], input=script + PROBE, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_exports_that_nobody_uses_are_dropped() -> None:
    slim = slim_script(LEAN_JS, "tiny-lean 1.2.3")
    assert "_unused" not in slim
    assert "var _used,wasmTable;" in slim


def test_it_runs_like_the_full_script_with_no_worker_ahead() -> None:
    full, slim = run(LEAN_JS), run(slim_script(LEAN_JS, "tiny-lean 1.2.3"))
    assert full["calls"] == [["T", 4]]
    assert slim["calls"] == [["T", 0]]
    assert slim["found"] == full["found"] == [1, -1, -1, 2, 0]
    assert (slim["name"], slim["none"]) == (full["name"], full["none"]) == ("later", None)


def test_a_script_of_another_make_names_the_package() -> None:
    with pytest.raises(SetupError, match=r"lean\.js of tiny-lean 9"):
        slim_script("var x=1;", "tiny-lean 9")


def test_node_is_new_enough() -> None:
    assert node_version(find_node()) >= (MINIMUM_MAJOR,)
