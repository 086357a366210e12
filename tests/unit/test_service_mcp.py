"""The tools of AI assistants, called by the protocol's own client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from mcp.client.client import Client
from service_stand_in import make_operations, until

from prover.errors import ModelError
from prover.service.mcp_server import create_server
from prover.service.operations import Operations


@pytest_asyncio.fixture
async def operations() -> AsyncIterator[Operations]:
    operations = make_operations()
    yield operations
    await operations.close()


def client_of(operations: Operations, mode: str = "legacy") -> Client:
    async def ready() -> Operations:
        return operations

    return Client(create_server(ready), mode=mode)


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


def told(result: Any) -> str:
    assert result.is_error
    return str(result.content[0].text)


async def test_the_tools_say_what_they_want_and_what_they_give(operations: Operations) -> None:
    async with client_of(operations) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert sorted(tools) == ["prove", "status", "suggest", "verify"]
    assert tools["prove"].input_schema["required"] == ["statement"]
    assert all(tool.description and tool.output_schema for tool in tools.values())


async def test_an_assistant_suggests_proves_and_verifies(operations: Operations) -> None:
    async with client_of(operations) as client:
        found = await call(client, "suggest", statement="p ∧ q", tactics=["constructor"])
        assert found["suggestions"][0]["tactic"] == "assumption" and found["goals"] == ["p", "q"]
        found = await call(client, "prove", statement="p ∧ q", seconds=10)
        assert found["proved"] and found["budget"]["wall_s"] == 10
        found = await call(client, "verify", statement="p", proof="cheat")
        assert not found["verdict"]["proved"]
        assert (await call(client, "status"))["policy"] == ["portfolio"]


async def test_bad_input_is_told_with_leans_places(operations: Operations) -> None:
    async with client_of(operations) as client:
        text = told(await client.call_tool("prove", {"statement": "unknown"}))
        assert text.splitlines()[-1].startswith("1:0: error: unknown identifier")
        assert "the statement is empty" in told(await client.call_tool("prove", {"statement": "  "}))
        assert "there is no proof" in told(await client.call_tool("verify", {"statement": "p"}))
        assert "20000" in told(await client.call_tool("prove", {"statement": "x" * 20_001}))


async def test_progress_is_reported_while_a_search_runs(operations: Operations) -> None:
    reports: list[str] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reports.append(message or "")

    async with client_of(operations) as client:
        await client.call_tool("prove", {"statement": "p ∧ q"}, progress_callback=report)
    assert reports and reports[-1].endswith("open goals")


async def test_a_call_that_is_cancelled_ends_its_search(operations: Operations) -> None:
    prover: Any = operations._tools.prover
    async with client_of(operations) as client:
        calling = asyncio.create_task(client.call_tool("prove", {"statement": "slow"}))
        await until(lambda: prover.log and prover.log[-1][0] == "slower")
        calling.cancel()
        await until(lambda: operations.places.working == 0)
        assert (await call(client, "prove", statement="p"))["proved"]


async def test_a_model_that_cannot_be_had_is_told_to_the_assistant() -> None:
    async def failing() -> Operations:
        raise ModelError("the weights are missing")

    async with Client(create_server(failing), mode="legacy") as client:
        assert "the weights are missing" in told(await client.call_tool("status", {}))
