-- A job may send further identifiers of the same members, each to an audience of its own (`configuration.siblings`).

-- Their audiences at LINE, in the order of the configuration: chosen, or created by the first run.
alter table lineup.jobs add column sibling_audience_ids jsonb not null default '[]';
