-- Grows when a suppression list may read other people than before: its source, or what the source depends on, was changed.
alter table lineup.suppression_lists add column source_version integer not null default 1;
-- That of the list when the run read it.
alter table lineup.suppression_results add column source_version integer not null default 1;
