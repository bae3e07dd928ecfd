"""Does the shards of a plan with Apache Spark (docs/scale-out.md).

    python -m foreman_spark --plan /case/plan --merge /case/web01.plaso
    spark-submit foreman_spark.py --plan /case/plan -- --workers 2

Spark sees only numbers of shards and lines of JSON. `foreman work` does the shards, and
`foreman merge` believes none of the results.
"""

from __future__ import annotations

import argparse
import collections
import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SECONDS_BETWEEN_LINES = 2.0
REFUSED = 2
"""The exit status of `foreman work` if to try again does not help."""


class ShardsError(Exception):
    """A shard is not done, or Spark has lost its result."""


def work(command: list[str], shard: int) -> str:
    """Does a shard. Returns its record, or why it was refused, as a line of JSON."""
    done = subprocess.run(
        # If Spark kills this process, foreman must not go on.
        [*command, "--shard", str(shard), "--end-with-parent"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    reason = done.stderr.strip()
    if done.returncode == REFUSED:
        # Spark would try again after an exception.
        return json.dumps({"kind": "refused", "shard": shard, "reason": reason})
    if done.returncode != 0:
        raise ShardsError(f"shard {shard}: exit status {done.returncode}: {reason}")
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Adds the programs beside this Python to the path: the wheel puts foreman there."""
    path = [os.path.dirname(sys.executable), os.environ.get("PATH", "")]
    return {**os.environ, "PATH": os.pathsep.join(path)}


def work_in_arrow(command: list[str], batches: Iterable[Any]) -> Iterator[Any]:
    """Does the shards whose numbers are in the batches, for `mapInArrow`."""
    import pyarrow

    for batch in batches:
        for shard in batch.column(0).to_pylist():
            yield pyarrow.RecordBatch.from_pydict({"line": [work(command, shard)]})


def job(spark: Any, command: list[str], shards: int) -> Any:
    """Prepares a job in which each shard is one task."""
    numbers = spark.range(0, shards, 1, shards)
    return numbers.mapInArrow(functools.partial(work_in_arrow, command), "line string")


def do_shards(prepared: Any, plan: bytes, results: Path) -> None:
    """Does a job, and checks that it has done each shard of the plan."""
    from pyspark.errors import PySparkException

    shards = number_of_shards(plan)
    is_done = threading.Event()
    progress = (results, shards, is_done)
    threading.Thread(target=show_progress, args=progress, daemon=True).start()
    try:
        lines = [row["line"] for row in prepared.collect()]
    except PySparkException as error:
        advice = "The same command does the shards that are not done."
        raise ShardsError(f"{error}\n{advice}") from error
    finally:
        is_done.set()
    check(lines, plan)


def check(lines: list[str], plan: bytes) -> None:
    """Demands a result of this plan for each of its shards, exactly once."""
    digest = hashlib.sha256(plan).hexdigest()
    found: collections.Counter[int] = collections.Counter()
    for record in map(json.loads, lines):
        shard = record["shard"]
        if record["kind"] == "refused":
            raise ShardsError(f"shard {shard} was refused: {record['reason']}")
        if record["plan"] != digest:
            raise ShardsError(f"shard {shard}: this is a result of another plan")
        found[shard] += 1
    expected = collections.Counter(range(number_of_shards(plan)))
    for problem, shards in (
        ("no results of the shards", expected - found),
        ("results that are not of the plan, or there twice: shards", found - expected),
    ):
        if shards:
            numbers = ", ".join(map(str, sorted(shards)))
            raise ShardsError(f"Spark returned {problem} {numbers}")


def number_of_shards(plan: bytes) -> int:
    """Returns the number of shards of a plan."""
    try:
        return len(json.loads(plan)["shards"])
    except (ValueError, TypeError, KeyError) as error:
        raise ShardsError(f"plan.json is not a plan of foreman: {error!r}") from error


def show_progress(results: Path, shards: int, is_done: threading.Event) -> None:
    """Says how many results are in the folder, whenever the number changes."""
    shown = 0
    while not is_done.wait(SECONDS_BETWEEN_LINES):
        # The first shard makes the folder that `--out` names.
        names = os.listdir(results) if results.is_dir() else []
        done = sum(bool(re.fullmatch(r"shard-\d{6,}", name)) for name in names)
        if done != shown:
            say(f"{done} of {shards} shards are done")
        shown = done


def say(text: str) -> None:
    """Prints a message."""
    print(text, file=sys.stderr, flush=True)


def session(options: argparse.Namespace) -> Any:
    """Starts Spark, or returns the session that `spark-submit` has prepared."""
    from pyspark.sql import SparkSession

    if (options.master or options.remote or "").startswith("local"):
        # Spark would start another Python, the first one of the path.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("foreman")
    if options.remote:
        builder = builder.remote(options.remote)
    elif options.master:
        builder = builder.master(options.master)
    return builder.getOrCreate()


def arguments(given: list[str]) -> argparse.Namespace:
    """Reads the command line. Paths become absolute: machines have other folders."""
    path = os.path.abspath
    parser = argparse.ArgumentParser(
        prog="foreman_spark",
        description="Does the shards of a plan of foreman with Apache Spark.",
        epilog="Arguments after -- go to `foreman work`, such as: -- --workers 2",
    )
    add = parser.add_argument
    add("--plan", required=True, type=path, help="the folder of the plan")
    add("--out", type=path, help="the folder for results, if not that of the plan")
    add("--store", type=path, help="the storage file, if not where it was planned")
    add("--parts", type=path, help="the folder of the parts that foreman split made")
    add("--merge", type=path, metavar="STORE", help="merge the results into this file")
    add("--nsrlsvr-host", metavar="HOST", help="the nsrlsvr server that the merge asks")
    add("--nsrlsvr-port", metavar="PORT", help="the port of this server")
    add("--foreman", default="foreman", help="the path of foreman, on all machines")
    add("--master", help="the master of Spark, such as local[2]")
    add("--remote", help="the server of Spark Connect, such as sc://HOST")
    add("work", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args(given)


def commands(options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Returns the commands for a shard, without its number, and for the merge."""
    work = [options.foreman, "work", "--plan", options.plan]
    merge = [options.foreman, "merge", "--plan", options.plan]
    if options.out:
        work += ["--out", options.out]
        merge += ["--from", options.out]
    if options.store:
        work += ["--store", options.store]
    if options.parts:
        work += ["--parts", options.parts]
    # Only the merge asks servers.
    if options.nsrlsvr_host:
        merge += ["--nsrlsvr-host", options.nsrlsvr_host]
    if options.nsrlsvr_port:
        merge += ["--nsrlsvr-port", options.nsrlsvr_port]
    return work + options.work, merge


def main(given: list[str]) -> int:
    """Does all shards, then merges or says how. Returns the exit status."""
    options = arguments(given)
    work, merge = commands(options)
    try:
        plan = (Path(options.plan) / "plan.json").read_bytes()
        shards = number_of_shards(plan)
        begin = time.monotonic()
        spark = session(options)
        try:
            # Spark loads most of itself for the first job that it prepares.
            prepared = job(spark, work, shards)
            ready = time.monotonic()
            do_shards(prepared, plan, Path(options.out or options.plan))
        finally:
            end = time.monotonic()
            spark.stop()
    except (ImportError, OSError, ShardsError) as error:
        say(f"foreman_spark: {error}")
        return 1
    start, took = ready - begin, end - ready
    say(f"{shards} shards took {took:.1f} s; Spark started in {start:.1f} s")
    if options.merge:
        command = [*merge, options.merge]
        return subprocess.run(command, env=environment(), check=False).returncode
    say(f"To merge the results:\n  {shlex.join(merge)} STORE")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
