#!/usr/bin/env python3
"""Asks Plaso what expressions match: every operator with every kind of value, negated and not.

    VENV/bin/python ask_plaso.py        writes answers.tsv anew; columns of ours that stand there stay

Needs Plaso in VENV. README.md in the folder above says what is in the files.
"""
import itertools
import json
import logging
import pathlib
import sys

logging.disable(logging.CRITICAL)

from plaso.containers import events  # noqa: E402
from plaso.filters import event_filter  # noqa: E402
from plaso.serializer import json_serializer  # noqa: E402

HERE = pathlib.Path(__file__).parent
OPERATORS = ["is", "!=", "<", ">=", "contains", "inset", "regexp", "not is", "not contains", "not inset"]
OTHERS = ["==", "equals", ">", "<=", "iregexp", "not equals", "not <", "not !=", "not regexp"]
VALUES = """
'a'|"ABC"|'abc5'|''|'5'|'/a/b'|'True'|'None'|'2012-01-01T00:00:00'|'2012-01-01 00:00:00'
5|1|0|-5|5.0|5.5|0.0|-5.5|0x5|0x1f|1325376000000000|5e1|5.
PATH('/a/b')|PATH('a')|PATH("a/b")|PATH('')|PATH()
DATETIME('2012-01-01T00:00:00')|DATETIME('2012-01-01')|DATETIME(1325376000000000)|DATETIME(0)|DATETIME(-5)
""".strip().replace("\n", "|").split("|")
FEW = ["'a'", "'5'", "''", "'2012-01-01'", "5", "0", "5.5", "PATH('/a')", "DATETIME(0)", "DATETIME('2012-01-01')"]
NO_VALUES = """
True|False|None|null|a|['a']|['a', 'b']|[5]|[]|('a')|('a', 'b')|{'a'}|'a', 'b'|u'a'|.5|+5|1_000
PATH(a)|PATH(5)|DATETIME(5.5)|DATETIME('')|DATETIME()|DATETIME('5')|DATETIME(a)
""".strip().replace("\n", "|").split("|")
ATTRIBUTES = """
timestamp date timestamp_desc tag md5_hash yara_match path_spec file_entropy message missing data_type
""".split()
ODD = """
v = 5|v <> 5|v =~ 'a'|v === 5|v in 'a'|v like 'a'|v matches 'a'|v startswith 'a'|v|v is|is 'a'|v 'a'|'v' is 'a'
v not > 5|v > not 5|v not != 5|v not regexp 'a'|v regexp not 'a'|v not is not 'a'|v not not is 'a'|v not equals 5
v equals not 5|v IS NOT 'a'|v Contains 'A'|not v is 'a'|not (v is 'a')|!v is 'a'|v is not5|v is nota|v not5
v is 'a' and v contains PATH()|v contains PATH() and v is 'a'|v is '/a/b' or v contains PATH()
v contains PATH('a' 'b')|v contains PATH( 'a' )|timestamp > DATETIME( 0 )|timestamp > DATETIME(0 5)
v inset 5 or v is 'a'|v is 'a' or v inset 5|v is 'a' and v inset 5|v inset 5 and v is 'a'|v is not 'a' and v not inset 5
v > 5 or v is 'a'|v is 'a' or v > 5|v not inset 5 or missing is not 'x'|(v inset 5)|(v not inset 5) or v is 'a'
v is 'a' and message not inset 5|timestamp not inset 5 or v is 'a'|tag not inset DATETIME(0)|v inset PATH() or v is 'a'
""".strip().replace("\n", "|").split("|")


def expressions():
    tables = [
        (["v"], OPERATORS, VALUES),
        (["v"], OTHERS, FEW),
        (["v"], ["is", "contains", "not inset"], NO_VALUES),
        (ATTRIBUTES, OPERATORS, FEW),
    ]
    for table in tables:
        yield from map(" ".join, itertools.product(*table))
    yield from ODD


def read_events():
    """The events with all that belongs to them, as Plaso has them after reading a storage file."""
    for line in (HERE / "events.tsv").read_text(encoding="utf-8").splitlines():
        name, members = line.split("\t")
        members = json.loads(members)
        event, stream, tag = events.EventObject(), None, None
        event.timestamp = members.pop("timestamp", 1325376000000000)
        event.timestamp_desc = members.pop("timestamp_desc", "Content Modification Time")
        if isinstance(members.get("tag"), list):
            tag = events.EventTag()
            tag.labels = members.pop("tag")
        if "stream" in members:
            stream = events.EventDataStream()
            for attribute, value in members.pop("stream").items():
                setattr(stream, attribute, deserialized(value) if isinstance(value, dict) else value)
        container = {"__type__": "AttributeContainer", "__container_type__": "event_data", "data_type": "test:one"}
        yield name, (event, deserialized({**container, **members}), stream, tag)


def deserialized(value):
    return json_serializer.JSONAttributeContainerSerializer._ConvertJSONToValue(value)


def answer(expression, samples):
    """The names of the events that match, and behind an exclamation mark of those at which Plaso fails."""
    compiled = event_filter.EventObjectFilter()
    try:
        compiled.CompileFilter(expression)
    except Exception:
        return "refused"
    matched, failed = "", ""
    for name, sample in samples:
        try:
            matched += name if compiled.Match(*sample) else ""
        except Exception:
            failed += name
    return (matched or "-") + (f"!{failed}" if failed else "")


def main():
    answers, samples = HERE / "answers.tsv", list(read_events())
    lines = answers.read_text(encoding="utf-8").splitlines() if answers.exists() else []
    ours = {line.split("\t")[0]: line.split("\t")[2:] for line in lines}
    with answers.open("w", encoding="utf-8") as out:
        for expression in dict.fromkeys(expressions()):
            out.write("\t".join([expression, answer(expression, samples), *ours.get(expression, [])]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
