-- Who may do what. The first five tables are better-auth's (names: src/store/auth-tables.ts); their content is its affair.

create table lineup.users (
  id             text primary key,
  name           text not null,
  email          text not null unique,
  email_verified boolean not null,
  image          text,
  created_at     timestamptz not null default current_timestamp,
  updated_at     timestamptz not null default current_timestamp,
  role           text,
  banned         boolean,
  ban_reason     text,
  ban_expires    timestamptz
);

create table lineup.sessions (
  id              text primary key,
  expires_at      timestamptz not null,
  token           text not null unique,
  created_at      timestamptz not null default current_timestamp,
  updated_at      timestamptz not null,
  ip_address      text,
  user_agent      text,
  user_id         text not null references lineup.users (id) on delete cascade,
  impersonated_by text
);
create index sessions_user_id_idx on lineup.sessions (user_id);

create table lineup.accounts (
  id                       text primary key,
  account_id               text not null,
  provider_id              text not null,
  user_id                  text not null references lineup.users (id) on delete cascade,
  access_token             text,
  refresh_token            text,
  id_token                 text,
  access_token_expires_at  timestamptz,
  refresh_token_expires_at timestamptz,
  scope                    text,
  password                 text,
  created_at               timestamptz not null default current_timestamp,
  updated_at               timestamptz not null
);
create index accounts_user_id_idx on lineup.accounts (user_id);

create table lineup.verifications (
  id         text primary key,
  identifier text not null,
  value      text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create index verifications_identifier_idx on lineup.verifications (identifier);

create table lineup.sign_in_rates (
  id           text primary key,
  key          text not null unique,
  count        integer not null,
  last_request bigint not null
);

-- A token is 256 random bits, so that its plain SHA-256 is enough: the token itself is nowhere.
create table lineup.api_tokens (
  id           text primary key,
  name         text not null,
  role         text not null check (role in ('administrator', 'editor', 'viewer')),
  token_hash   text not null unique,
  -- The last four characters, to tell tokens apart in a list.
  hint         text not null,
  created_by   text not null,
  created_at   timestamptz not null,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

-- Who changed what. Never pruned with the things it speaks of; no secret and no identifier in `detail`.
create table lineup.audit_log (
  id           bigint generated always as identity primary key,
  at           timestamptz not null,
  actor_id     text not null,
  actor        text not null,
  action       text not null,
  subject_type text not null,
  subject_id   text not null,
  detail       jsonb not null default '{}'
);
create index audit_log_subject_idx on lineup.audit_log (subject_type, subject_id, id);

create table lineup.settings (
  key        text primary key,
  value      jsonb not null,
  -- The sealed part (an SMTP password, a signing key), if there is one.
  secret     text,
  updated_by text not null,
  updated_at timestamptz not null
);

create table lineup.idempotency_keys (
  actor_id       text not null,
  key            text not null,
  request_digest text not null,
  -- Null while the first request is still being worked on.
  status         integer,
  response       jsonb,
  created_at     timestamptz not null,
  primary key (actor_id, key)
);
create index idempotency_keys_created_at_idx on lineup.idempotency_keys (created_at);

-- One row a key that has ever sealed something: a known value under it, to tell a wrong key at start.
create table lineup.secret_keys (
  key_id      text primary key,
  check_value text not null,
  created_at  timestamptz not null
);
