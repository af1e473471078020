"""Airflow 3: fills an audience at LINE as soon as the members behind it are ready (docs/pipelines.md)."""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG(
    dag_id="line_audience",
    schedule="30 6 * * MON-FRI",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Tokyo"),
    catchup=False,
    # Lineup refuses a second run of a job while one is in progress.
    max_active_runs=1,
):
    # In place of this: the tasks that write the members.
    members = EmptyOperator(task_id="members")

    vip_to_line = BashOperator(
        task_id="vip_to_line",
        bash_command="lineup jobs run 'VIP members' --wait",
        env={
            "LINEUP_URL": "https://lineup.example.com",
            "LINEUP_TOKEN": "{{ var.value.lineup_token }}",
        },
        append_env=True,
        # Lineup tries again by itself after a temporary error. After a refusal by the guard (status 3), a person decides.
        retries=0,
        # The run continues in Lineup. Only the task stops to wait for it.
        execution_timeout=timedelta(hours=3),
    )

    members >> vip_to_line
