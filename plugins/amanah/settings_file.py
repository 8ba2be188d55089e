"""Reading a file of settings: secrets named in it (``env:NAME``) and never written, paths relative to it.

Which settings there are belongs to whoever reads them: a node's in ``node/settings.py``, the HTTPS service's in
``exchange/api/settings.py``.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ValidationError, ValidationInfo


class SettingsError(ValueError):
    """A settings file cannot be used; the text names the file and every fault found, and no secret."""


def beside_the_file(value: object, info: ValidationInfo) -> object:
    """A path in a settings file is relative to that file."""
    folder = (info.context or {}).get("folder", Path())
    return folder / value if isinstance(value, str) else value


Located = Annotated[Path, BeforeValidator(beside_the_file)]
Settings = TypeVar("Settings", bound=BaseModel)


def load(path: Path, model: type[Settings], *, before: Callable[[Any], Any] | None = None) -> Settings:
    """Read ``path`` as ``model``. Raises ``SettingsError`` naming every fault at once.

    ``before`` changes what stands in the file before the names of secrets are replaced by their values.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        content = _resolved(before(content) if before is not None else content)
        return model.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise SettingsError("\n  ".join([f"{path}: {len(faults)} fault(s)", *faults])) from None
    except yaml.MarkedYAMLError as error:  # its own text quotes the line, which may hold a password
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise SettingsError(f"{path}, line {line}: {error.problem}") from None
    except (KeyError, OSError) as error:
        raise SettingsError(f"{path}: {error}") from None


def _resolved(value: Any) -> Any:
    """Replace every ``env:NAME`` by what the environment holds; a name that is not set is a fault."""
    if isinstance(value, dict):
        return {key: _resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item) for item in value]
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in os.environ:
            raise KeyError(f"environment variable {name} is not set")
        return os.environ[name]
    return value
