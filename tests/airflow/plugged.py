"""Loads the plugins folder as every Airflow program does, and prints what came of it as JSON."""

import json
import sys
from collections import defaultdict
from pathlib import Path

from airflow import plugins_manager
from airflow.jobs.job import Job


def main() -> None:
    """Load the plugins; say which there are, and which modules are not what their names say."""
    plugins_manager.ensure_plugins_loaded()
    ours = [info for info in plugins_manager.get_plugin_info() if "amanah" in json.dumps(info, default=str)]
    modules = _modules_of_ours()
    found = {
        "import_errors": plugins_manager.get_import_errors(),
        "plugins": [info["name"] for info in ours],
        "twice": {str(file): sorted(names) for file, names in modules.items() if len(names) > 1},
        "bare": sorted(name for names in modules.values() for name in names if name.split(".")[0] != "amanah"),
        "warm": _warm(),
    }
    print("\n" + json.dumps(found, default=str))


def _modules_of_ours() -> dict[Path, list[str]]:
    """The names under which each file of the library is imported, whichever copy of the library it is of."""
    names: dict[Path, list[str]] = defaultdict(list)
    for name, module in list(sys.modules.items()):
        parts = Path(getattr(module, "__file__", None) or "").parts
        if "amanah" in parts:
            names[Path(*parts[parts.index("amanah") :])].append(name)
    return names


def _warm() -> dict[str, bool]:
    """Whether what tasks use is loaded before and after a scheduler starts; another program must not load it."""
    [plugin] = [found for found in plugins_manager._get_plugins()[0] if found.name == "amanah"]
    [listener] = [each for each in plugin.listeners if hasattr(each, "on_starting")]
    seen = {"when loaded": "great_expectations" in sys.modules}
    listener.on_starting(Job())
    seen["in another program"] = "great_expectations" in sys.modules
    sys.argv.append("scheduler")
    listener.on_starting(Job())
    seen["in the scheduler"] = "great_expectations" in sys.modules and "amanah.node" in sys.modules
    return seen


if __name__ == "__main__":
    main()
