#!/usr/bin/env python3
"""Cuts a storage file of Windows event logs down to records that exercise as many rules as possible.

    cut_evtx.py FOREMAN RULES WHOLE.plaso CUT.plaso

Needs only the standard library and the built program FOREMAN. README.md says which collection was cut.
The same input gives the same rows. All rows are those that log2timeline wrote, in their order; only their
numbers are new, without gaps, and the counts of events by data type, parser and label.
"""
import collections
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zlib

PER_RULE = 8  # records that match a rule
PER_KIND = 2  # records of one file, source and event identifier
PROCESS_STARTS = 300
LONGEST = 5
PROCESS_START = [("Microsoft-Windows-Security-Auditing", 4688), ("Microsoft-Windows-Sysmon", 1)]


def main(foreman, rules, whole, cut):
    with tempfile.TemporaryDirectory() as folder:
        matches = rules_by_record(foreman, rules, whole, pathlib.Path(folder))
    connection = sqlite3.connect(f"file:{whole}?mode=ro", uri=True)
    kept = choose(connection, matches)
    connection.close()
    shutil.copyfile(whole, cut)
    write(cut, kept)


def rules_by_record(foreman, rules, whole, folder):
    """Returns the rules that match each event data, found by giving each rule its own label."""
    lines = pathlib.Path(rules).read_text(encoding="utf-8").splitlines()
    marked = [f"line_{n}\n{line}\n\n" for n, line in enumerate(lines, 1) if line.startswith("  ")]
    tagging_file, store = folder / "rules.txt", folder / "store.plaso"
    tagging_file.write_text("".join(marked), encoding="utf-8")
    shutil.copyfile(whole, store)
    command = [foreman, "analyze", "--analysis", "tagging", "--tagging-file", tagging_file, store]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    connection = sqlite3.connect(store)
    query = ("SELECT _event_data_identifier, labels FROM event_tag JOIN event ON _event_identifier = "
             "'event.' || event._identifier ORDER BY event._identifier")
    matches = collections.defaultdict(set)
    for data, labels in connection.execute(query):
        matches[number(data)].update(label for label in json.loads(labels) if label.startswith("line_"))
    connection.close()
    return matches


def choose(connection, matches):
    kept, seen, sizes = set(), collections.Counter(), []
    for row, blob in connection.execute("SELECT _identifier, _data FROM event_data ORDER BY _identifier"):
        record = json.loads(zlib.decompress(blob))
        text = record["xml_string"]
        sizes.append((len(text), row))
        source = (record["source_name"], record["event_identifier"])
        limits = {rule: PER_RULE for rule in matches[row]}
        limits[(record["_event_data_stream_identifier"], *source)] = PER_KIND
        if source in PROCESS_START:
            limits["process start"] = PROCESS_STARTS
        odd = any(character < " " and character not in "\t\r\n" for character in text)
        if odd or any(seen[what] < limit for what, limit in limits.items()):
            kept.add(row)
            seen.update(limits.keys())
    return kept | {row for _, row in sorted(sizes, reverse=True)[:LONGEST]}


def write(cut, kept):
    connection = sqlite3.connect(cut, isolation_level=None)
    connection.execute("BEGIN")
    new_data = renumber(connection, "event_data", kept)
    events = connection.execute("SELECT _identifier, _event_data_identifier FROM event").fetchall()
    new_events = renumber(connection, "event", {row for row, data in events if number(data) in new_data})
    refer(connection, "event", "_event_data_identifier", "event_data", new_data)
    tags, new_tags = refer(connection, "event_tag", "_event_identifier", "event", new_events)
    # One warning for each file and parser: the others say the same.
    for table in ("extraction_warning", "recovery_warning"):
        first = connection.execute(f"SELECT min(_identifier) FROM {table} GROUP BY parser_chain, path_spec")
        renumber(connection, table, {row for (row,) in first.fetchall()})
    # All events are of one data type and one parser, and all tags have one label, which is counted too.
    for old, new in ((len(events), len(new_events)), (tags, new_tags)):
        for table in ("data_type_count", "parser_count"):
            connection.execute(f"UPDATE {table} SET number_of_events = ? WHERE number_of_events = ?", (new, old))
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.close()


def renumber(connection, table, kept):
    """Deletes the other rows of a table, and returns the new number of each row that is kept."""
    rows = [row for (row,) in connection.execute(f"SELECT _identifier FROM {table} ORDER BY _identifier")]
    connection.executemany(f"DELETE FROM {table} WHERE _identifier = ?", [(row,) for row in rows if row not in kept])
    new = {row: position for position, row in enumerate(sorted(kept), 1)}
    # Ascending, and no new number is above the old one: it is free.
    connection.executemany(f"UPDATE {table} SET _identifier = ? WHERE _identifier = ?",
                           [(position, row) for row, position in new.items()])
    connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (len(new), table))
    return new


def refer(connection, table, column, to, new):
    """Has a table refer to the new numbers, and deletes rows that refer to deleted ones.

    Returns the number of rows before and after.
    """
    rows = connection.execute(f"SELECT _identifier, {column} FROM {table}").fetchall()
    kept = {row: f"{to}.{new[number(old)]}" for row, old in rows if number(old) in new}
    connection.executemany(f"UPDATE {table} SET {column} = ? WHERE _identifier = ?",
                           [(reference, row) for row, reference in kept.items()])
    renumber(connection, table, set(kept))
    return len(rows), len(kept)


def number(identifier):
    return int(identifier.rpartition(".")[2])


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
