#!/bin/sh
# Builds the members with dbt, and tells Lineup when all of its models and tests have succeeded
# (docs/webhook-triggers.md). It needs LINEUP_WEBHOOK_URL and LINEUP_WEBHOOK_SECRET, and does not wait for the run.
set -eu

# on-run-end runs after a failure, too, so it is no place for this.
dbt build --select +vip_members

exec python3 "$(dirname "$0")/../webhooks/lineup_webhook.py" "dbt $(date -u +%Y-%m-%dT%H:%M:%SZ) $$"
