"""The service over HTTP: its operations, what it refuses, and clients that leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from service_stand_in import HOSTILE, Running, make_operations, metric, serving, until

from prover.attempts import Plan
from prover.cli.serve import require_extra
from prover.errors import InputError, ModelError, SetupError
from prover.policy.registry import PolicyChoice
from prover.search import Outcome as SearchOutcome
from prover.search import SearchResult
from prover.search.budgets import Counts
from prover.service.server import bind, require_token
from prover.service.status import model_server
from prover.statements import minif2f
from prover.types import ProofTree

TOKEN = "a token that is long enough"


@pytest_asyncio.fixture(scope="module")
async def service() -> AsyncIterator[Running]:
    async with serving(make_operations(body_bytes=1 << 18)) as running:
        yield running


async def events(service: Running, statement: str) -> list[tuple[str, Any]]:
    """All events of a search that is followed to its end."""
    asked = {"statement": statement}
    async with service.client.stream("POST", "/v1/prove/stream", json=asked) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = (await answer.aread()).decode()
    parts = [part.split("\n") for part in text.split("\n\n") if part]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


async def test_a_proof_comes_with_the_judges_verdict_and_what_it_cost(service: Running) -> None:
    answer = await service.client.post("/v1/prove", json={"statement": "p ∧ q"})
    found = answer.json()
    assert answer.status_code == 200 and found["proved"] and found["outcome"] == "proved"
    assert found["script"] == "constructor\n· assumption\n· exact hq"
    assert found["proof"].startswith("theorem goal : p ∧ q := by\n  constructor\n")
    assert [rung["name"] for rung in found["verdict"]["rungs"]] == ["syntax", "kernel"]
    assert found["steps"] >= 3 and found["budget"] == {"lean_s": 60, "wall_s": 30}


async def test_what_the_judge_refuses_is_not_proved(service: Running) -> None:
    found = (await service.client.post("/v1/prove", json={"statement": "cheat"})).json()
    assert not found["proved"] and found["outcome"] == "refused" and found["proof"] is None
    assert found["verdict"]["reason"] == "it cheats"


async def test_a_search_asks_for_less_than_the_service_allows_and_never_gets_more(service: Running) -> None:
    asked = {"statement": "p ∧ q", "budget": {"expansions": 0, "wall_s": 1e9}}
    found = (await service.client.post("/v1/prove", json=asked)).json()
    assert found["outcome"] == "budget" and found["limit"] == "expansions"
    assert found["budget"] == {"expansions": 0, "lean_s": 60, "wall_s": 30}


async def test_suggestions_work_each_one_the_best_first(service: Running) -> None:
    found = (await service.client.post("/v1/suggest", json={"statement": "p ∧ q"})).json()
    assert [one["tactic"] for one in found["suggestions"]] == ["constructor", "skip_it"]
    assert [one["label"] for one in found["suggestions"]] == ["2 goals left", "progress"]
    assert found["suggestions"][0]["goals"] == ["p", "q"] and found["tried"] == 3


async def test_suggestions_go_on_from_where_tactics_led(service: Running) -> None:
    asked = {"statement": "p ∧ q", "tactics": ["constructor", "assumption"]}
    found = (await service.client.post("/v1/suggest", json=asked)).json()
    assert found["goals"] == ["q"]
    assert found["suggestions"][0] | {"seconds": 0, "logprob": 0} == {
        "tactic": "exact hq",
        "label": "closes the goal",
        "goals": [],
        "seconds": 0,
        "logprob": 0,
    }
    answer = await service.client.post("/v1/suggest", json=asked | {"tactics": ["constructor", "simp"]})
    assert answer.status_code == 422
    assert answer.json()["message"] == "tactic 2, `simp`: tactic error: no"


@pytest.mark.parametrize(
    ("asked", "proved"),
    [
        ({"statement": "p", "proof": "assumption"}, True),
        ({"statement": "theorem goal : p := by assumption"}, True),
        ({"statement": "theorem goal : p := by cheat"}, False),
    ],
)
async def test_a_proof_of_whomever_is_judged(service: Running, asked: Any, proved: bool) -> None:
    found = (await service.client.post("/v1/verify", json=asked)).json()
    assert found["verdict"]["proved"] is proved and found["statement"] == "theorem goal : p"


async def test_a_search_is_followed_from_its_start_to_its_result(service: Running) -> None:
    told = await events(service, "p ∧ q")
    assert [name for name, _ in told if name != "progress"] == ["start", "judging", "result"]
    states: dict[str, Any] = {}
    for name, data in told:
        if name == "progress":
            states |= data["tree"]["states"]
    assert states["0"]["goal"] == "p ∧ q" and states["0"]["proof"]
    assert states["0"]["tactics"][0] | {"seconds": 0} == {
        "text": "constructor",
        "to": [1, 2],
        "proof": True,
        "cycle": False,
        "seconds": 0,
    }
    assert states["0"]["failed"][0]["message"] == HOSTILE
    assert told[-1][1]["proved"]


# Bad input.


async def test_a_statement_that_does_not_elaborate_comes_back_with_leans_messages(service: Running) -> None:
    for path in ("/v1/prove", "/v1/prove/stream", "/v1/suggest"):
        answer = await service.client.post(path, json={"statement": "  unknown"})
        assert answer.status_code == 422
        told = answer.json()
        assert told["kind"] == "statement" and told["message"] == "the statement does not elaborate"
        (message,) = told["messages"]
        assert message["text"] == f"unknown identifier {HOSTILE}"
        # As the client wrote it, with two blanks in front and no `theorem goal : `.
        assert (message["line"], message["column"], message["end_column"]) == (1, 2, 5)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "the body is no JSON"),
        (b"[" * 100_000, 400, "body"),
        (b"", 422, "body: Field required"),
        (b"[]", 422, "body"),
        (b"{}", 422, "body.statement: Field required"),
        (b'{"statement": 3}', 422, "valid string"),
        (b'{"statement": ""}', 422, "at least 1 character"),
        (b'{"statement": "   "}', 422, "the statement is empty"),
        (b'{"statement": "\\ud800"}', 422, "body.statement"),
        (b'{"statement": "p", "budgets": {}}', 422, "body.budgets: Extra inputs"),
        (b'{"statement": "p", "budget": {"wall_s": -1}}', 422, "greater than or equal to 0"),
        (b'{"statement": "p", "budget": {"wall_s": NaN}}', 422, "finite"),
        (b'{"statement": "def f := 1"}', 422, "`def` is no statement"),
        (json.dumps({"statement": "x" * 20_001}).encode(), 422, "at most 20000 characters"),
        (b'{"statement": "' + b"x" * (1 << 18) + b'"}', 413, "a request has at most 262144 bytes"),
    ],
)
async def test_bad_input_is_told_in_a_line(service: Running, body: bytes, status: int, says: str) -> None:
    answer = await service.client.post(
        "/v1/prove", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert says in answer.json()["message"] and "\n" not in answer.json()["message"]


async def test_a_body_that_does_not_say_its_length_is_cut_off_too(service: Running) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b" " * 1000

    headers = {"content-type": "application/json"}
    answer = await service.client.post("/v1/prove", content=endless(), headers=headers)
    assert answer.status_code == 413


async def test_a_form_of_another_web_page_is_not_read(service: Running) -> None:
    headers = {"content-type": "text/plain", "origin": "http://elsewhere.example"}
    answer = await service.client.post("/v1/prove", content=b'{"statement": "p"}', headers=headers)
    assert answer.status_code == 422
    assert "access-control-allow-origin" not in answer.headers


async def test_a_name_that_points_to_this_machine_is_not_answered_to(service: Running) -> None:
    answer = await service.client.get("/v1/status", headers={"host": "rebound.example:8080"})
    assert answer.status_code == 421
    answer = await service.client.get("/v1/status", headers={"host": "[::1]:8080"})
    assert answer.status_code == 200


async def test_unknown_paths_and_files_of_the_machine_are_not_there(service: Running) -> None:
    for path in ("/v1/nothing", "/page/__init__.py", "/page/../schema.py", "/page/%2e%2e/schema.py"):
        assert (await service.client.get(path)).status_code == 404


async def test_a_model_that_gives_no_answer_is_not_the_clients_fault() -> None:
    operations = make_operations()
    policy: Any = operations._tools.policy

    async def no_answer(states: object) -> None:
        raise ModelError("the model server is down")

    policy.propose = no_answer
    async with serving(operations) as service:
        answer = await service.client.post("/v1/suggest", json={"statement": "p"})
        assert answer.status_code == 503
        assert answer.json()["message"] == "the model server is down"


async def test_an_error_that_nobody_foresaw_tells_nothing_of_the_inside() -> None:
    operations = make_operations()
    policy: Any = operations._tools.policy

    async def broken(states: object) -> None:
        raise ZeroDivisionError("/home/somebody/secret")

    policy.propose = broken
    async with serving(operations) as service:
        answer = await service.client.post("/v1/suggest", json={"statement": "p"})
        assert answer.status_code == 500 and "secret" not in answer.text
        told = await events(service, "p")
        assert told[-1][0] == "error" and "secret" not in str(told)


# Who may ask.


async def test_with_a_token_nothing_but_the_page_is_given_without_it() -> None:
    async with serving(make_operations(), TOKEN) as service:
        for path in ("/v1/status", "/v1/theorems", "/metrics", "/openapi.json", "/nothing"):
            answer = await service.client.get(path)
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert (await service.client.post("/v1/prove", json={"statement": "p"})).status_code == 401
        wrong = {"authorization": f"Bearer {TOKEN}x"}
        assert (await service.client.get("/v1/status", headers=wrong)).status_code == 401
        assert (await service.client.get("/")).status_code == 200
        right = {"authorization": f"Bearer {TOKEN}", "host": "provers.example"}
        assert (await service.client.get("/v1/status", headers=right)).status_code == 200


def test_other_machines_are_let_in_with_a_good_token_only() -> None:
    for host in ("127.0.0.1", "127.0.1.1", "localhost", "::1"):
        require_token(host, "")
    require_token("0.0.0.0", TOKEN)
    for token in ("", "short"):
        with pytest.raises(InputError, match="PROVER_TOKEN"):
            require_token("0.0.0.0", token)


def test_a_port_in_use_is_told_in_a_line() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1, port {port}: .*in use.*--port"):
            bind("127.0.0.1", port)


async def test_every_answer_forbids_what_the_page_does_not_need(service: Running) -> None:
    for path in ("/", "/page/service.js", "/v1/status", "/nothing"):
        headers = (await service.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';") and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and "server" not in headers


async def test_the_page_names_nothing_that_lies_elsewhere(service: Running) -> None:
    page = (await service.client.get("/")).text
    names = [part.split('"')[0] for kind in ("src=", "href=") for part in page.split(f'{kind}"')[1:]]
    assert len(names) >= 6 and not any("//" in name for name in names)
    for name in names:
        assert (await service.client.get(f"/{name}")).status_code == 200


async def test_the_description_has_every_operation_and_asks_for_a_token(service: Running) -> None:
    found = (await service.client.get("/openapi.json")).json()
    paths = {"/v1/suggest", "/v1/prove", "/v1/prove/stream", "/v1/verify", "/v1/status"}
    assert paths <= set(found["paths"])
    assert found["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert {"200", "422", "429"} <= set(found["paths"]["/v1/prove"]["post"]["responses"])


# Many clients, and clients that leave.


async def test_a_client_that_leaves_ends_its_search_and_frees_lean() -> None:
    for path in ("/v1/prove", "/v1/prove/stream"):
        async with serving(make_operations()) as service:
            asking = asyncio.create_task(_ask_and_read(service, path, "slow"))
            await until(
                lambda service=service: service.prover.running == 1 and service.prover.log[-1][0] == "slower"
            )
            asking.cancel()
            await until(lambda service=service: service.operations.places.working == 0)
            assert service.prover.running == 0 and service.prover.cancelled == 1
            assert "theorem goal : slow" in service.prover.released
            text = (await service.client.get("/metrics")).text
            assert metric(text, "prover_clients_gone_total") == 1
            if path == "/v1/prove":
                assert metric(text, 'prover_requests_total{path="/v1/prove",status="499"}') == 1
            found = await service.client.post("/v1/prove", json={"statement": "p"})
            assert found.json()["proved"]


async def test_a_client_that_leaves_the_queue_is_not_served() -> None:
    async with serving(make_operations(at_a_time=1)) as service:
        first = asyncio.create_task(_ask_and_read(service, "/v1/prove", "slow"))
        await until(lambda: service.operations.places.working == 1)
        second = asyncio.create_task(_ask_and_read(service, "/v1/prove", "p"))
        await until(lambda: service.operations.places.waiting == 1)
        second.cancel()
        await until(lambda: service.operations.places.waiting == 0)
        assert ("p", "assumption") not in service.prover.log
        first.cancel()


async def test_two_clients_are_served_at_once(service: Running) -> None:
    slow = asyncio.create_task(_ask_and_read(service, "/v1/prove", "slow"))
    await until(lambda: service.operations.places.working == 1)
    found = await service.client.post("/v1/prove", json={"statement": "p ∧ q"})
    assert found.json()["proved"] and not slow.done()
    slow.cancel()
    await until(lambda: service.operations.places.working == 0)


async def test_those_who_ask_about_the_same_statement_share_no_states_in_lean() -> None:
    async with serving(make_operations()) as service:
        asked = [service.client.post("/v1/suggest", json={"statement": "p"}) for _ in range(3)]
        assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * 3
        assert len({*service.prover.started}) == 3


async def test_who_finds_the_waiting_room_full_is_told_when_to_come_again() -> None:
    async with serving(make_operations(at_a_time=1, waiting=1)) as service:
        asking = [asyncio.create_task(_ask_and_read(service, "/v1/prove", "slow")) for _ in range(2)]
        await until(lambda: service.operations.places.waiting == 1)
        for path in ("/v1/prove", "/v1/prove/stream", "/v1/suggest", "/v1/verify"):
            answer = await service.client.post(
                path,
                json={"statement": "theorem goal : p := by x"} if "verify" in path else {"statement": "p"},
            )
            assert answer.status_code == 429 and answer.json()["kind"] == "busy"
            assert 1 <= int(answer.headers["retry-after"]) <= 120
        status = (await service.client.get("/v1/status")).json()
        assert (status["working"], status["waiting"]) == (1, 1)
        for one in asking:
            one.cancel()
        await until(lambda: service.operations.places.working == 0)
        assert (await service.client.post("/v1/suggest", json={"statement": "p"})).status_code == 200


async def test_who_waits_is_told_how_many_are_before() -> None:
    async with serving(make_operations(at_a_time=1)) as service:
        first = asyncio.create_task(_ask_and_read(service, "/v1/prove", "slow"))
        await until(lambda: service.operations.places.working == 1)
        waiting = asyncio.create_task(events(service, "p"))
        await until(lambda: service.operations.places.waiting == 1)
        await asyncio.sleep(0.5)
        first.cancel()
        told = await waiting
        assert told[0] == ("queued", {"ahead": 0})
        assert told[-1][1]["proved"]


async def test_a_service_that_ends_tells_those_that_still_wait() -> None:
    async with serving(make_operations()) as service:
        following = asyncio.create_task(events(service, "slow"))
        await until(lambda: service.prover.log and service.prover.log[-1][0] == "slower")
        service.operations.stop()
        told = await following
        assert told[-1][0] == "error" and "is ending" in told[-1][1]["message"]


async def test_metrics_count_requests_searches_and_tactics() -> None:
    async with serving(make_operations()) as service:
        await service.client.post("/v1/prove", json={"statement": "p"})
        await service.client.get("/some/strangers/path")
        text = (await service.client.get("/metrics")).text
        assert metric(text, 'prover_requests_total{path="/v1/prove",status="200"}') == 1
        assert metric(text, 'prover_requests_total{path="other",status="404"}') == 1
        assert metric(text, 'prover_attempts_total{outcome="proved"}') == 1
        assert metric(text, "prover_tactics_total") == 2
        assert metric(text, "prover_working") == 0 and "strangers" not in text


async def test_a_proof_that_does_not_hold_in_its_file_is_counted_as_refused() -> None:
    operations: Any = make_operations()
    operations._in_place = StandInFile()
    async with serving(operations) as service:
        answer = await service.client.post("/v1/file/prove", json={"before": "", "after": ""})
        assert answer.status_code == 200 and not answer.json()["proved"]
        text = (await service.client.get("/metrics")).text
        assert metric(text, 'prover_attempts_total{outcome="refused"}') == 1
        assert metric(text, 'prover_attempts_total{outcome="proved"}') == 0


class StandInFile:
    """A file in which no proof holds that the search finds."""

    async def spot(self, before: str, after: str) -> None:
        """Whatever stands there."""

    async def prove(self, spot: None, plan: Plan) -> tuple[None, SearchResult]:
        return None, SearchResult(SearchOutcome.PROVED, None, ProofTree("simp"), Counts(), None)


async def test_theorems_of_a_data_file_can_be_picked(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    record = {
        "name": "one",
        "lean4": {"statement": "theorem one : p := by sorry"},
        "informal": {"statement": "p"},
    }
    path.write_text(json.dumps(record), encoding="utf-8")
    problems = {problem.name: problem for problem in minif2f.load(path)}
    async with serving(make_operations(problems=problems)) as service:
        found = (await service.client.get("/v1/theorems")).json()
        assert found == [{"name": "one", "statement": "theorem one : p", "informal": "p"}]
        assert (await service.client.get("/v1/status")).json()["theorems"] == 1


async def _ask_and_read(service: Running, path: str, statement: str) -> None:
    """A client with a connection of its own, which is closed when it is cancelled."""
    async with (
        httpx.AsyncClient(base_url=service.url, timeout=60) as client,
        client.stream("POST", path, json={"statement": statement}) as answer,
    ):
        await answer.aread()


def test_a_password_in_the_model_servers_address_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = PolicyChoice(("openai",), server="http://somebody:secret@models.example:8000/v1")
    assert model_server(choice) == "http://models.example:8000"
    monkeypatch.setenv("OPENAI_BASE_URL", "https://models.example/v1")
    assert model_server(PolicyChoice(("openai", "portfolio"))) == "https://models.example"
    assert model_server(PolicyChoice(("portfolio", "small"))) is None


def test_what_is_not_installed_is_named_with_its_remedy() -> None:
    require_extra("json", "asyncio")
    with pytest.raises(SetupError, match=r"not installed: no_such_module; pip install 'prover\[service\]'"):
        require_extra("json", "no_such_module")
