"""All settings as commented YAML, and the JSON Schema of a settings file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from vidtag.core.settings.config import Config
from vidtag.core.settings.yaml_file import INCLUDE


def commented_yaml(model: type[Config] = Config) -> str:
    """All settings with their defaults, each under a comment that explains it."""
    root = _commented(model())
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 200
    yaml.representer.add_representer(
        type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    text = io.StringIO()
    yaml.dump(root, text)
    return "# vidtag settings: every key with its default.\n" + text.getvalue()


def json_schema(model: type[Config] = Config) -> dict[str, Any]:
    """JSON Schema of a settings file, for editors' autocompletion."""
    schema = model.model_json_schema()
    schema["properties"][INCLUDE] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "settings files that this one is laid over; relative to this file",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "vidtag settings",
    }


def _commented(model: BaseModel, depth: int = 0) -> CommentedMap:
    """Commented mapping of a model's values; the comments are the fields' descriptions."""
    result = CommentedMap()
    for name, field in type(model).model_fields.items():
        result[name] = _yaml_value(getattr(model, name), depth + 1)
        doc = field.description or (type(getattr(model, name)).__doc__ or "").strip()
        result.yaml_set_comment_before_after_key(name, before=doc, indent=2 * depth)
    return result


def _yaml_value(value: Any, depth: int) -> Any:
    if isinstance(value, BaseModel):
        return _commented(value, depth)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        # Comments only where they are not the same again for every key.
        result = CommentedMap()
        for key, item in value.items():
            plain = item.model_dump(mode="json") if isinstance(item, BaseModel) else item
            row = CommentedMap(plain) if isinstance(plain, dict) else plain
            if isinstance(row, CommentedMap):
                row.fa.set_flow_style()
            result[key.value if isinstance(key, Enum) else key] = row
        return result
    if isinstance(value, tuple):
        items = CommentedSeq(_yaml_value(item, depth) for item in value)
        items.fa.set_flow_style()
        return items
    return value
