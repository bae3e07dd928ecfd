#!/usr/bin/env python3
"""Checks that rules for Linux and web servers match lines that are made of their own values.

For each rule it makes one line of a log, lets the real log2timeline read all lines, runs foreman on
the storage file, and says how many rules match their own line. It is no part of the tests, because
it needs Plaso and the rules of SigmaHQ:

    tests/sigma/lines_of_rules.py --rules sigma/rules --log2timeline log2timeline --foreman target/debug/foreman

It needs PyYAML, which Plaso needs as well.
"""

import argparse
import collections
import fnmatch
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time

import yaml

START = 1_700_000_000
SYSMON = {"process_creation": 1, "network_connection": 3, "file_event": 11}
TEXTS = {"acct", "cmd", "comm", "cwd", "data", "exe", "key", "name", "proctitle"}


class NotPossible(Exception):
    """No line can be made; says why."""


class Field:
    """What a rule demands of one field."""

    def __init__(self):
        self.exact, self.start, self.end, self.parts = None, None, None, []

    def add(self, kind, value):
        if kind in ("exact", "start", "end"):
            if getattr(self, kind) not in (None, value):
                raise NotPossible("two values for one field")
            setattr(self, kind, value)
        else:
            self.parts.append(value)

    def text(self, between):
        if self.exact is not None:
            return self.exact
        # Many rules exclude the path that is nothing but the end.
        start = "/x" if (self.end or "").startswith("/") else ""
        return (self.start or start) + between.join(self.parts) + (self.end or "")


def plain(value):
    """Returns a text that the wildcards of a value match."""
    text = re.sub(r"\\([*?\\])", lambda found: {"*": "\0", "?": "\1", "\\": "\2"}[found[1]], str(value))
    text = text.replace("*", "").replace("?", "x")
    return text.replace("\0", "*").replace("\1", "?").replace("\2", "\\")


def add_item(fields, key, values):
    name, *modifiers = key.split("|")
    values = values if isinstance(values, list) else [values]
    for value in values if "all" in modifiers else values[:1]:
        if "re" in modifiers or "cidr" in modifiers and ":" in str(value):
            raise NotPossible("a regular expression")
        if value is None:
            if len(values) == 1:
                return
            value = values[1]
        if "exists" in modifiers:
            if value:
                fields[name].add("part", "x")
            return
        text = plain(value)
        if {"gt", "gte"} & set(modifiers):
            text = str(int(value) + 1)
        elif {"lt", "lte"} & set(modifiers):
            text = str(int(value) - 1)
        kind = "exact" if name else "part"
        kind = "part" if "contains" in modifiers else kind
        kind = "start" if "startswith" in modifiers else kind
        kind = "end" if "endswith" in modifiers else kind
        if "cidr" in modifiers:
            text = text.split("/")[0]
        fields[name].add(kind, text)


def add_selection(fields, selection):
    if isinstance(selection, dict):
        for key, values in selection.items():
            add_item(fields, key, values)
    elif isinstance(selection, list) and selection and isinstance(selection[0], dict):
        add_selection(fields, selection[0])
    else:
        add_item(fields, "", selection)


def chosen(condition, names):
    """Returns the selections that a line must meet. What follows `not` is not met by chance."""
    words = re.findall(r"\(|\)|[^\s()]+", condition)
    position = 0

    def peek():
        return words[position] if position < len(words) else None

    def take():
        nonlocal position
        position += 1
        return words[position - 1]

    def alternatives():
        found = [all_of()]
        while peek() == "or":
            take()
            found.append(all_of())
        return next((one for one in found if one), found[0])

    def all_of():
        found = one_of()
        while peek() == "and":
            take()
            found = found + one_of()
        return found

    def one_of():
        word = take()
        if word == "not":
            one_of()
            return []
        if word == "(":
            found = alternatives()
            take()
            return found
        if word in ("1", "all", "any") and peek() == "of":
            take()
            pattern = take()
            meant = [name for name in names if pattern == "them" or fnmatch.fnmatch(name, pattern)]
            return meant if word == "all" else meant[:1]
        return [word]

    return alternatives()


def is_web(rule):
    source = rule["logsource"]
    return source.get("category") == "webserver" or source.get("service") in ("apache", "nginx")


def maps_in(detection):
    selections = [selection for name, selection in detection.items() if name not in ("condition", "timeframe")]
    lists = [selection if isinstance(selection, list) else [selection] for selection in selections]
    return [one for all_of in lists for one in all_of if isinstance(one, dict)]


def demands(rule):
    detection = rule["detection"]
    condition = detection["condition"]
    condition = condition[0] if isinstance(condition, list) else condition
    if "|" in condition:
        raise NotPossible("an aggregation")
    names = [name for name in detection if name not in ("condition", "timeframe")]
    fields = collections.defaultdict(Field)
    for name in chosen(condition, names):
        add_selection(fields, detection[name])
    # A request has no blanks.
    return {name: field.text("&" if is_web(rule) else " ") for name, field in fields.items()}, fields


def stamp(number):
    return time.strftime("%b %d %H:%M:%S", time.gmtime(START + number))


def audit_value(text):
    if all("!" <= character <= "~" and character != '"' for character in text):
        return f'"{text}"'
    return text.encode().hex().upper()


def audit_line(number, kind, pairs):
    return f"type={kind} msg=audit({START + number}.000:{number}): {pairs}"


def of_audit(number, values):
    values = dict(values)
    kind = values.pop("type", "SYSCALL").upper()
    arguments = [name for name in values if re.fullmatch(r"a\d+", name)]
    pairs = [f"argc={len(arguments)}"] if kind == "EXECVE" else []
    for name, text in values.items():
        quoted = name in TEXTS or kind == "EXECVE" and name in arguments
        if not quoted and re.search(r"[\s,;\"]", text):
            raise NotPossible("a value with a blank that the audit log does not encode")
        pairs.append(f"{name}={audit_value(text) if quoted else text}")
    return "audit.log", audit_line(number, kind, " ".join(pairs))


def of_command(number, rule, values, fields):
    # The audit log knows no other fields.
    asked = {key.split("|")[0] for selection in maps_in(rule["detection"]) for key in selection}
    if asked <= {"Image", "CommandLine"} and "CommandLine" in fields:
        command = fields["CommandLine"]
        if command.exact is None and command.start is None:
            image = values.get("Image", "/usr/bin/x")
            image = image if image.startswith("/") else f"/{image}"
            arguments = [image] + values["CommandLine"].split(" ")
            pairs = " ".join(f"a{place}={audit_value(text)}" for place, text in enumerate(arguments))
            return "audit.log", audit_line(number, "EXECVE", f"argc={len(arguments)} {pairs}")
    return of_sysmon(number, 1, values)


def of_sysmon(number, event, values):
    escape = lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if any("\n" in text for text in values.values()):
        raise NotPossible("an end of a line")
    data = "".join(f'<Data Name="{name}">{escape(text)}</Data>' for name, text in values.items())
    body = f"<Event><System><EventID>{event}</EventID></System><EventData>{data}</EventData></Event>"
    return "syslog", f"{stamp(number)} host sysmon: {body}"


def of_syslog(number, service, values):
    reporter = {"cron": "crond", "clamav": "clamd", "guacamole": "guacd"}.get(service, service or "kernel")
    pairs = [f"{name}={text}" for name, text in values.items() if name]
    # What a keyword begins or ends with is no blank at the edge of a message, which Plaso drops.
    body = " ; ".join(["x" + values[""] + "x" if "" in values else "x"] + pairs)
    return "syslog", f"{stamp(number)} host {reporter}[1]: {body}"


def of_request(number, values):
    known = {"cs-method", "cs-uri-query", "cs-uri-stem", "cs-uri", "cs-user-agent", "cs-referer", "sc-status", "c-ip",
             "src_ip", "cs-username", ""}
    if not set(values) <= known:
        raise NotPossible(f"Plaso does not read {', '.join(sorted(set(values) - known))}")
    stem, query = values.get("cs-uri-stem", ""), values.get("cs-uri-query", "") + values.get("", "")
    target = values.get("cs-uri") or (f"{stem}?{query}" if stem else query)
    if not target.startswith("/"):
        target = f"/?{target}"
    agent = values.get("cs-user-agent", "-")
    if any('"' in text or "\n" in text for text in (target, agent)):
        raise NotPossible("a quote in a request")
    when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(START + number))
    if " " in target:
        raise NotPossible("a blank in a request: Plaso does not read such a line")
    address, user = values.get("c-ip") or values.get("src_ip") or "192.0.2.1", values.get("cs-username", "-")
    request = f"{values.get('cs-method', 'GET')} {target} HTTP/1.1"
    return "access.log", (
        f'{address} - {user} [{when}] "{request}" {values.get("sc-status", 200)} 1 '
        f'"{values.get("cs-referer", "http://192.0.2.1/")}" "{agent}"'
    )


def line_of(number, rule):
    source = rule["logsource"]
    values, fields = demands(rule)
    category, service = source.get("category"), source.get("service")
    if is_web(rule):
        return of_request(number, values)
    if service == "auditd":
        return of_audit(number, values)
    if category == "process_creation":
        return of_command(number, rule, values, fields)
    if category in SYSMON:
        return of_sysmon(number, SYSMON[category], values)
    if category or service == "modsecurity":
        raise NotPossible(f"no log source {category or service}")
    return of_syslog(number, service, values)


def rules_in(folders):
    for path in [path for folder in folders for path in sorted(folder.rglob("*.yml"))]:
        rule = next(yaml.safe_load_all(path.read_text()))
        if "detection" in rule and (is_web(rule) or rule["logsource"].get("product") == "linux"):
            yield path, rule


def label_of(path):
    """Returns the name of a rule's file, which its label has, without further dots."""
    return path.name.split(".")[0]


def labels_of(store):
    """Returns the labels of events, by the second of the event."""
    labels = collections.defaultdict(set)
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        times = dict(connection.execute("SELECT _identifier, timestamp FROM event"))
        columns = [row[1] for row in connection.execute("PRAGMA table_info(event_tag)")]
        for row in connection.execute("SELECT * FROM event_tag"):
            tag = dict(zip(columns, row))
            event = int(str(tag["_event_identifier"]).rsplit(".", 1)[-1])
            labels[times[event] // 1_000_000].update(json.loads(tag["labels"]))
    return labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rules", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--log2timeline", default="log2timeline")
    parser.add_argument("--foreman", default="foreman")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the logs and the storage file in this folder")
    arguments = parser.parse_args()
    folder = (arguments.keep or pathlib.Path(tempfile.mkdtemp())).resolve()
    logs, used = folder / "logs", folder / "rules"
    logs.mkdir(parents=True)
    used.mkdir()
    made, reasons, lines = {}, collections.Counter(), collections.defaultdict(list)
    for number, (path, rule) in enumerate(rules_in(arguments.rules)):
        try:
            name, line = line_of(number, rule)
        except (NotPossible, ValueError) as reason:
            reasons[str(reason)] += 1
            continue
        lines[name].append(line)
        made[number] = path
        shutil.copy(path, used / f"{label_of(path)}.yml")
    for name, of_log in lines.items():
        (logs / name).write_text("\n".join(of_log) + "\n")
    store = folder / "lines.plaso"
    command = [arguments.log2timeline, "-q", "-u", "--status_view", "none", "--timezone", "UTC", "--parsers", "text"]
    year = time.gmtime(START).tm_year
    for name in lines:
        # A line of a syslog has no year; the file's own time has it.
        subprocess.run(["touch", "-d", f"{year}-12-31", str(logs / name)], check=True)
    subprocess.run(command + ["--storage-file", store, logs], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    run = [arguments.foreman, "analyze", "--analysis", "sigma", "--sigma-rules", used, store]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    labels = labels_of(store)
    missed = [path for number, path in made.items() if f"sigma_{label_of(path)}" not in labels[START + number]]
    total = len(made) + sum(reasons.values())
    print(f"{total} rules, {len(made)} lines made, {len(made) - len(missed)} rules match their own line")
    for reason, count in reasons.most_common():
        print(f"no line: {reason} ({count})")
    for path in missed:
        print(f"no match: {path}")
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
