"""From data as it stands in a YAML file to a model, with a problem for everything that does not fit."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.problems import Problem
from knowledge.sources import YamlSource

Model = TypeVar("Model", bound=BaseModel)


def validated(
    model: type[Model], data: Any, source: YamlSource, location: tuple[str | int, ...], problems: list[Problem]
) -> Model | None:
    """The data as the model, or None and a problem (with its line) for everything that does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            where = ".".join(str(part) for part in item["loc"]) or "this entry"
            problems.append(source.problem("shape", f"{where}: {item['msg']}", *location, *item["loc"]))
        return None
