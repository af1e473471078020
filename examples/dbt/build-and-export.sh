#!/bin/sh
# Builds the members with dbt, and sends them to LINE only when all of its models and tests have succeeded
# (docs/pipelines.md). It needs LINEUP_URL and LINEUP_TOKEN. Its exit status is that of dbt, or of the run.
set -eu

# on-run-end runs after a failure, too, so it is no place for the export.
dbt build --select +vip_members

# The first attempt starts a run, which reads the new members. A later one joins it when it still goes on.
attach=
for attempt in 1 2 3; do
  status=0
  lineup jobs run 'VIP members' --wait --timeout 2h $attach || status=$?
  case $status in
    # The service cannot be reached, it tries again by itself, or the time has passed: another attempt helps.
    69 | 75 | 124) attach=--attach ;;
    # Done, or something that a person decides.
    *) exit "$status" ;;
  esac
  if [ "$attempt" -lt 3 ]; then sleep "${SECONDS_BETWEEN_ATTEMPTS:-600}"; fi
done
exit "$status"
