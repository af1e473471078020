"""Dagster: the audience at LINE as an asset that depends on the members behind it (docs/pipelines.md).

The process of the code location needs LINEUP_URL and LINEUP_TOKEN in its environment.
"""

import json
import subprocess

import dagster as dg

# The service cannot be reached, it tries again by itself, or --timeout has passed: another try helps.
TRY_AGAIN = (69, 75, 124)


@dg.asset
def vip_members() -> None:
    """In place of this: the asset that writes the members."""


@dg.asset(deps=[vip_members])
def vip_audience_at_line(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Runs the job of Lineup, and waits until LINE has finished with the last chunk."""
    command = ["lineup", "jobs", "run", "VIP members", "--wait", "--timeout", "2h", "--json"]
    # The first try starts a run, which reads the new members. A later one joins it when it still goes on.
    if context.retry_number > 0:
        command.append("--attach")
    # The progress goes to standard error, and so into the log of the step.
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode in TRY_AGAIN:
        raise dg.RetryRequested(max_retries=5, seconds_to_wait=600)
    run = json.loads(done.stdout)
    if done.returncode != 0:
        # A failure that stays, or a refusal by the guard (status 3): a person decides, so Dagster does not try again.
        raise dg.Failure(
            description=run["error"]["message"],
            metadata={"status": done.returncode},
            allow_retries=False,
        )
    return dg.MaterializeResult(
        metadata={
            "run": run["runId"],
            "audience": run["audience"]["id"],
            "members": run["counts"]["unique"],
        }
    )


line_audience = dg.define_asset_job(
    "line_audience", selection=[vip_members, vip_audience_at_line]
)

defs = dg.Definitions(
    assets=[vip_members, vip_audience_at_line],
    jobs=[line_audience],
    schedules=[
        dg.ScheduleDefinition(
            job=line_audience,
            cron_schedule="30 6 * * 1-5",
            execution_timezone="Asia/Tokyo",
        )
    ],
)
