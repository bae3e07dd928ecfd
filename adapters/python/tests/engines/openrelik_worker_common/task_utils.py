"""Input files and results of tasks."""

import fnmatch
import json
from typing import Any

Files = list[dict[str, Any]]


def get_input_files(
    _pipe_result: str | None, files: Files, filter: dict[str, Any]
) -> Files:
    def is_chosen(file: dict[str, Any]) -> bool:
        patterns = filter["filenames"]
        return any(fnmatch.fnmatch(file["display_name"], name) for name in patterns)

    return [file for file in files if is_chosen(file)]


def create_task_result(outputs: Files, workflow_id: str, command: str) -> str:
    result = {"output_files": outputs, "workflow_id": workflow_id, "command": command}
    return json.dumps(result)
