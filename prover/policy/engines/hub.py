"""Why a model could not be loaded, in plain words, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path

from prover.errors import InputError

_PAGE = "https://huggingface.co/{model}"

_CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"cannot access gated|you are trying to access a gated repo|access to model .* is restricted"
        r"|GatedRepo|awaiting a review",
        "{model} asks its users to accept a licence first: accept it at {page}, run `hf auth login`, and try "
        "again; or give a local folder with the model",
    ),
    (
        r"HF_HUB_OFFLINE|offline mode is enabled|outgoing traffic has been disabled",
        "{model} is not in the local cache, and the hub may not be asked (offline mode): give a local folder "
        "with the model, or unset HF_HUB_OFFLINE and try again",
    ),
    (
        r"couldn.t connect|name or service not known|temporary failure in name resolution"
        r"|network is unreachable|no route to host|max retries exceeded|ConnectError|ConnectionError"
        r"|ConnectTimeout|ProxyError|LocalEntryNotFound",
        "the model hub cannot be reached, and {model} is not in the local cache: look at the network (and at "
        "HF_HUB_OFFLINE), or copy the model to a local folder and give that",
    ),
    (
        r"repository not found|RepositoryNotFound|not a valid model identifier|404 client error"
        r"|HFValidationError|repo id must",
        "there is no model {model} on the hub that you may see: look at its spelling at {page}; a private "
        "one needs `hf auth login`; or give a local folder with the model",
    ),
    (
        r"401 client error|invalid user token|unauthorized",
        "the hub does not accept your token: run `hf auth login`, or unset HF_TOKEN for a public model",
    ),
    (
        r"no space left on device|disk quota",
        "the disk is full: the hub's cache is at ~/.cache/huggingface, HF_HOME names another place",
    ),
    (
        r"out of memory|outofmemory|free memory on device|no available memory for the cache"
        r"|larger than the available kv cache|cannot allocate memory|not enough memory",
        "the model does not fit in memory: a smaller --context, a larger --gpu-memory, more GPUs by "
        "--tensor-parallel, or a smaller model",
    ),
    (
        r"greater than the derived max_model_len|maximum context length of the model",
        "the model's context is shorter than --context: ask for less",
    ),
    (
        r"not supported for now|unrecognized model|does not recognize this architecture"
        r"|unsupported architecture",
        "this runtime does not know the model's architecture: a later version of it may",
    ),
    (
        r"does not appear to have a file named|no file named|can.t load the configuration"
        r"|error no file|incomplete metadata|headertoolarge|invalid header",
        "{model} is no complete model: its folder needs config.json, the tokenizer's files and the weights",
    ),
)


def explain_model_error(text: str, model: str) -> str:
    """What the user can do about a failure to load `model`, read from the words of its runtime or of the hub.

    Empty where they are none of the known ones.
    """
    for pattern, advice in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return advice.format(model=model, page=_PAGE.format(model=model))
    return ""


def quiet_hub() -> None:
    """Keep the hub client's own words about each of its tries off the terminal: its last error is enough."""
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()


def require_model(model: str) -> str:
    """`model`, with `~` resolved where it is a path. Raises `InputError` for a path where there is no folder.

    A name on the hub, `owner/name`, is not looked up.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(f"{model} has no config.json: it is no folder of a Hugging Face model")
        return str(path)
    if path.exists():
        raise InputError(f"{model} is a file: give the folder that has config.json and the weights")
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise InputError(f"there is no folder {model}")
    return model
