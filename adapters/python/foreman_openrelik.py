"""The function of an OpenRelik task: analyses storage files (docs/scale-out.md).

The inputs stay as they are. For each, the outputs are an analysed copy and a report.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from openrelik_worker_common.file_utils import create_output_file
from openrelik_worker_common.task_utils import create_task_result, get_input_files

STORES = {
    "data_types": ["plaso:*"],
    "mime_types": ["application/x-plaso*"],
    "filenames": ["*.plaso"],
}
TASK_METADATA = {
    "display_name": "foreman",
    "description": "Tags, groups and enriches the events of Plaso storage files",
    "task_config": [
        {
            "name": "analysis",
            "label": "tagging,sessionize",
            "description": "The plugins, separated by commas",
            "type": "text",
            "required": False,
        },
        {
            "name": "tagging_file",
            "label": "auto",
            "description": "The built-in rules: auto, linux, macos, windows",
            "type": "text",
            "required": False,
        },
    ],
}


def analyze(
    pipe_result: str | None,
    input_files: list[dict[str, Any]] | None,
    output_path: str,
    workflow_id: str,
    task_config: dict[str, str] | None,
) -> str:
    """Analyses a copy of each storage file. Returns the result for OpenRelik."""
    options = options_of(task_config or {})
    outputs = []
    for given in get_input_files(pipe_result, input_files or [], filter=STORES):
        name = Path(given["display_name"]).stem
        store = create_output_file(
            output_path, f"{name}.analyzed", "plaso", data_type="plaso:storage"
        )
        page = create_output_file(output_path, f"{name}.report", "md")
        shutil.copyfile(given["path"], store.path)
        foreman("analyze", *options, store.path)
        report = foreman("report", "--format", "markdown", store.path)
        report = with_title(given["display_name"], report)
        Path(page.path).write_text(report, encoding="utf-8")
        outputs += [store.to_dict(), page.to_dict()]
    if not outputs:
        raise RuntimeError("there is no Plaso storage file among the input files")
    command = " ".join(["foreman analyze", *options])
    result: str = create_task_result(outputs, workflow_id, command)
    return result


def options_of(config: dict[str, str]) -> list[str]:
    """Returns the options for `foreman analyze`, of what a user has chosen."""
    plugins = words(config, "analysis", "tagging,sessionize")
    options = [f"--analysis={plugins}"]
    if "tagging" in plugins.split(","):
        options.append(f"--tagging-file={words(config, 'tagging_file', 'auto')}")
    return options


def words(config: dict[str, str], name: str, default: str) -> str:
    """Returns a setting. No paths: the files of this machine are not the user's."""
    value = config.get(name) or default
    if not re.fullmatch(r"[a-z_]+(,[a-z_]+)*", value):
        raise RuntimeError(f"{name}: {value!r} is not a list of names")
    return value


def with_title(name: str, report: str) -> str:
    """Puts the name that users know into the first line, instead of the path."""
    _, _, rest = report.partition("\n")
    return "# " + re.sub(r"[^\w .()-]", "_", name) + "\n" + rest


def foreman(*arguments: str) -> str:
    """Runs foreman. Returns its output."""
    program = ["foreman", *arguments]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    # Status 3: done, but some events were skipped, which the report names.
    if done.returncode not in (0, 3):
        raise RuntimeError(f"foreman {arguments[0]}: {done.stderr}")
    return done.stdout
