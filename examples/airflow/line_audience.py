"""Airflow 3: fills an audience at LINE as soon as the members behind it are ready (docs/pipelines.md)."""

import os
import subprocess
from datetime import timedelta

import pendulum
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import DAG, Variable, task

# The service cannot be reached, it tries again by itself, or --timeout has passed: another try helps.
TRY_AGAIN = (69, 75, 124)

with DAG(
    dag_id="line_audience",
    schedule="30 6 * * MON-FRI",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Tokyo"),
    catchup=False,
    max_active_runs=1,
):

    @task
    def members() -> None:
        """In place of this: the tasks that write the members."""

    @task(retries=5, retry_delay=timedelta(minutes=10))
    def vip_to_line(ti=None) -> None:
        # The first try starts a run, which reads the new members. A later one joins it when it still goes on.
        attach = ["--attach"] if ti.try_number > 1 else []
        done = subprocess.run(
            ["lineup", "jobs", "run", "VIP members", "--wait", "--timeout", "2h", *attach],
            env={
                **os.environ,
                "LINEUP_URL": "https://lineup.example.com",
                "LINEUP_TOKEN": Variable.get("lineup_token"),
            },
            check=False,
        )
        if done.returncode in TRY_AGAIN:
            raise AirflowException(f"lineup ended with {done.returncode}: Airflow tries again")
        if done.returncode != 0:
            # A failure that stays, or a refusal by the guard (status 3): a person decides, and Airflow does not.
            raise AirflowFailException(f"lineup ended with {done.returncode}")

    members() >> vip_to_line()
