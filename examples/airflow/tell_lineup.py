"""Airflow 3: tells Lineup that the members are ready (docs/webhook-triggers.md). ../webhooks/lineup_webhook.py must be
in the folder of the DAGs, too. Airflow does not wait for the run."""

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Variable, task
from lineup_webhook import tell

with DAG(
    dag_id="members",
    schedule="30 6 * * MON-FRI",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Tokyo"),
    catchup=False,
    max_active_runs=1,
):

    @task
    def members() -> None:
        """In place of this: the tasks that write the members."""

    @task(retries=5, retry_delay=timedelta(minutes=1))
    def tell_lineup(run_id=None) -> None:
        # Each try has the same id, so several of them make one run.
        tell(Variable.get("lineup_webhook_url"), Variable.get("lineup_webhook_secret"), run_id)

    members() >> tell_lineup()
