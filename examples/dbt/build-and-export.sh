#!/bin/sh
# Builds the members with dbt, and sends them to LINE only when all of its models and tests have succeeded (docs/pipelines.md).
# It needs LINEUP_URL and LINEUP_TOKEN. Its exit status is that of dbt, or of the run.
set -eu

# on-run-end runs after a failure, too, so it is no place for the export.
dbt build --select +vip_members

exec lineup jobs run 'VIP members' --wait
