"""Does the shards of a plan with Celery (docs/scale-out.md).

    celery --app foreman_celery worker --concurrency 2      # on each machine
    python -c 'import foreman_celery as f; print(f.start("/case/plan", STORE).get())'

The variables CELERY_BROKER_URL and CELERY_RESULT_BACKEND name the broker.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from celery import Celery, chord

REFUSED = 2
"""The exit status of `foreman work` if to try again does not help."""

app = Celery("foreman")
app.conf.update(
    # A shard whose machine is lost is done elsewhere.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Redis gives a task to a second machine after this time, so no shard may take longer.
    broker_transport_options={"visibility_timeout": 24 * 3600},
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Runs foreman."""
    program = ["foreman", *command]
    return subprocess.run(program, capture_output=True, text=True, check=False)


@app.task(bind=True, max_retries=3, default_retry_delay=10)
def work(self: Any, plan: str, shard: int, options: list[str]) -> dict[str, Any]:
    """Does a shard. Returns its record."""
    # If Celery kills this process, foreman must not go on.
    shard_of_plan = ["--plan", plan, "--shard", str(shard), "--end-with-parent"]
    done = run("work", *shard_of_plan, *options)
    if done.returncode == 0:
        record: dict[str, Any] = json.loads(done.stdout)
        return record
    error = RuntimeError(f"shard {shard}: {done.stderr}")
    raise error if done.returncode == REFUSED else self.retry(exc=error)


@app.task(acks_late=False, reject_on_worker_lost=False)
def merge(
    _records: list[dict[str, Any]], plan: str, store: str, options: Sequence[str] = ()
) -> str:
    """Merges the results, once. Returns the summary."""
    done = run("merge", "--plan", plan, *options, store)
    # Status 3: done, but some events were skipped, which the summary names.
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr)
    return done.stdout


def start(
    plan: str, store: str, *options: str, merge_options: Sequence[str] = ()
) -> Any:
    """Starts all shards of a plan, and then the merge. Returns the merge's result.

    The options are those of `foreman work`, and `merge_options` those of `foreman merge`, such as
    `--nsrlsvr-host`, since only the merge asks servers.
    """
    shards = len(json.loads((Path(plan) / "plan.json").read_bytes())["shards"])
    works = [work.s(plan, shard, list(options)) for shard in range(shards)]
    return chord(works)(merge.s(plan, store, list(merge_options)))
