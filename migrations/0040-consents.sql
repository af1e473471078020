-- Destinations where a person consents in the browser. Who did so is beside the token and not in `authorizations`, because neither a consent nor
-- a refresh is an edit of the configuration.
alter table lineup.authorization_tokens
  -- The person here, and the one there, as a Business ID.
  add column consented_by text,
  add column consented_at timestamptz,
  add column consented_as text,
  -- The name of the account that was chosen, as it was then. It is shown while the configuration has this id.
  add column account_id   text,
  add column account_name text;

-- A consent that somebody has begun. One for each person and authorization.
create table lineup.consent_attempts (
  -- Of the text that comes back with the code: SHA-256.
  state_hash       text primary key,
  authorization_id text not null references lineup.authorizations (id) on delete cascade,
  revision         integer not null,
  actor_id         text not null,
  redirect_uri     text not null,
  -- Whether another person than before may consent at the destination.
  replaces         boolean not null,
  tries            integer not null default 0,
  expires_at       timestamptz not null,
  unique (authorization_id, actor_id)
);
