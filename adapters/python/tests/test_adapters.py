"""Tests of the adapters without any engine: `engines/` stands for Spark and Celery.

A test of the project runs them, and runs the adapters with the real foreman.
"""

import hashlib
import json
import os
import sys
import tempfile
import threading
import time
import unittest
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "engines")]

import celery
import foreman_celery
import foreman_openrelik
import foreman_spark

PLAN = json.dumps({"kind": "plan", "shards": [{}, {}, {}]}).encode()
DIGEST = hashlib.sha256(PLAN).hexdigest()


def line(shard: int, plan: str = DIGEST) -> str:
    return json.dumps({"kind": "shard", "shard": shard, "plan": plan})


def program(folder: str, script: str) -> str:
    """Makes a program that stands for foreman."""
    path = Path(folder) / "foreman"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


class Spark(unittest.TestCase):
    def test_each_shard_must_be_there_once(self) -> None:
        foreman_spark.check([line(2), line(0), line(1)], PLAN)
        refused = json.dumps({"kind": "refused", "shard": 1, "reason": "other version"})
        for lines, problem in (
            ([line(0), line(2)], "no results of the shards 1"),
            ([], "no results of the shards 0, 1, 2"),
            ([line(0), line(1), line(1), line(2)], "there twice: shards 1$"),
            ([line(0), line(1), line(2), line(3)], "not of the plan, .* shards 3$"),
            ([line(0), line(1, "other"), line(2)], "shard 1: .* another plan"),
            ([line(0), refused, line(2)], "shard 1 was refused: other version"),
        ):
            with self.assertRaisesRegex(foreman_spark.ShardsError, problem):
                foreman_spark.check(lines, PLAN)

    def test_what_is_no_plan(self) -> None:
        for bytes in (b"", b"[]", b"{}", b"\xff"):
            with self.assertRaisesRegex(foreman_spark.ShardsError, "not a plan of foreman"):
                foreman_spark.number_of_shards(bytes)

    def test_a_shard(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            foreman = program(folder, 'echo "$@"')
            done = foreman_spark.work([foreman, "work", "--plan", "/p"], 7)
            self.assertEqual(done, "work --plan /p --shard 7 --end-with-parent")
            refused = foreman_spark.work([program(folder, "echo why >&2; exit 2")], 7)
            expected = {"kind": "refused", "shard": 7, "reason": "why"}
            self.assertEqual(json.loads(refused), expected)
            for script in ("echo why >&2; exit 1", "echo why >&2; kill -9 $$"):
                with self.assertRaisesRegex(
                    foreman_spark.ShardsError, "shard 7: .*why"
                ):
                    foreman_spark.work([program(folder, script)], 7)

    def test_progress_in_a_folder_that_the_first_shard_makes(self) -> None:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as patches:
            results, said, is_done = Path(folder) / "out", [], threading.Event()
            for name, value in (("SECONDS_BETWEEN_LINES", 0.01), ("say", said.append)):
                patches.enter_context(mock.patch.object(foreman_spark, name, value))
            arguments = (results, 3, is_done)
            shown = threading.Thread(target=foreman_spark.show_progress, args=arguments)
            shown.start()
            # It has looked at least once by then.
            time.sleep(0.1)
            (results / "shard-000001").mkdir(parents=True)
            while shown.is_alive() and not said:
                time.sleep(0.01)
            is_done.set()
            shown.join()
            self.assertEqual(said, ["1 of 3 shards are done"])

    def test_commands(self) -> None:
        given = [
            "--plan",
            "plan",
            "--out",
            "out",
            "--store",
            "/s",
            "--",
            "--workers",
            "2",
        ]
        work, merge = foreman_spark.commands(foreman_spark.arguments(given))
        plan, out = os.path.abspath("plan"), os.path.abspath("out")
        start = ["foreman", "work", "--plan", plan, "--out", out, "--store", "/s"]
        self.assertEqual(work, [*start, "--workers", "2"])
        self.assertEqual(merge, ["foreman", "merge", "--plan", plan, "--from", out])
        given = ["--plan", "/p", "--foreman", "/f", "--parts", "/x"]
        options = foreman_spark.arguments(given)
        work = ["/f", "work", "--plan", "/p", "--parts", "/x"]
        expected = (work, ["/f", "merge", "--plan", "/p"])
        self.assertEqual(foreman_spark.commands(options), expected)
        server = ["--nsrlsvr-host", "nsrl.example", "--nsrlsvr-port", "9121"]
        options = foreman_spark.arguments([*given, *server])
        expected = (work, ["/f", "merge", "--plan", "/p", *server])
        self.assertEqual(foreman_spark.commands(options), expected)


class Celery(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        (Path(self.folder.name) / "plan.json").write_bytes(PLAN)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{self.folder.name}{os.pathsep}{path}"
        self.addCleanup(os.environ.__setitem__, "PATH", path)

    def foreman(self, script: str) -> None:
        program(self.folder.name, script)

    def test_shards_and_merge(self) -> None:
        plan, log = self.folder.name, Path(self.folder.name) / "log"
        self.foreman(f'echo "$@" >> {log}; echo "{{}}"')
        self.assertEqual(foreman_celery.start(plan, "/s", "--workers", "1"), "{}\n")
        works = [
            f"work --plan {plan} --shard {shard} --end-with-parent --workers 1"
            for shard in range(3)
        ]
        merge = f"merge --plan {plan} /s"
        self.assertEqual(log.read_text().splitlines(), [*works, merge])

    def test_what_is_tried_again(self) -> None:
        self.foreman("echo why >&2; exit 1")
        with self.assertRaisesRegex(celery.Retry, "shard 7: why"):
            foreman_celery.work("/p", 7, [])
        self.foreman("echo why >&2; exit 2")
        with self.assertRaisesRegex(RuntimeError, "shard 7: why"):
            foreman_celery.work("/p", 7, [])
        with self.assertRaisesRegex(RuntimeError, "why"):
            foreman_celery.merge([], "/p", "/s")
        self.foreman("echo some events were skipped; exit 3")
        self.assertIn("skipped", foreman_celery.merge([], "/p", "/s"))


class OpenRelik(unittest.TestCase):
    def test_options(self) -> None:
        default = ["--analysis=tagging,sessionize", "--tagging-file=auto"]
        self.assertEqual(foreman_openrelik.options_of({}), default)
        chosen = {"analysis": "tagging", "tagging_file": "linux,macos"}
        expected = ["--analysis=tagging", "--tagging-file=linux,macos"]
        self.assertEqual(foreman_openrelik.options_of(chosen), expected)
        chosen["analysis"] = "sessionize"
        expected = ["--analysis=sessionize"]
        self.assertEqual(foreman_openrelik.options_of(chosen), expected)
        for value in ("/etc/passwd", "linux --resume", "../x", "Linux", ",", "auto\n"):
            with self.assertRaisesRegex(RuntimeError, "tagging_file: .*not a list"):
                foreman_openrelik.options_of({"tagging_file": value})

    def test_without_a_storage_file(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "no Plaso storage file"):
            foreman_openrelik.analyze(None, [{"display_name": "a.txt"}], "/", "1", None)


if __name__ == "__main__":
    unittest.main()
