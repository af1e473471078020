-- Sources whose reading ended the process that read them. The service does not read them by itself until somebody who tried
-- again had success, or changed the authorization.
create table lineup.quarantined_sources (
  -- A digest of the authorization and the audience's id, for an id may be a query: nothing of a member is here.
  source_key       text primary key,
  -- Null for files.
  authorization_id text references lineup.authorizations (id) on delete cascade,
  -- What was asked of it, and how the process ended.
  during           text not null,
  cause            text not null,
  detail           text not null,
  at               timestamptz not null
);
create index quarantined_sources_authorization_id_idx on lineup.quarantined_sources (authorization_id);
