"""Output files."""

import os
from typing import Any
from uuid import uuid4


class OutputFile:
    def __init__(self, path: str, display_name: str, data_type: str | None) -> None:
        self.path, self.display_name, self.data_type = path, display_name, data_type

    def to_dict(self) -> dict[str, Any]:
        return vars(self)


def create_output_file(
    output_path: str, display_name: str, extension: str, data_type: str | None = None
) -> OutputFile:
    path = os.path.join(output_path, f"{uuid4().hex}.{extension}")
    return OutputFile(path, f"{display_name}.{extension}", data_type)
