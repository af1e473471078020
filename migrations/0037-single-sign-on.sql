-- Since when somebody is disabled, by whom, and why: a person, or the provider of single sign-on.
alter table lineup.users
  add column disabled_at      timestamptz,
  add column disabled_by      text,
  add column disabled_because text;

-- The session at the provider, which it may end.
alter table lineup.sessions add column provider_session_id text;
create index sessions_provider_session_id_idx on lineup.sessions (provider_session_id);

-- What Lineup keeps of people who sign in by the provider.
create table lineup.single_sign_ons (
  user_id       text primary key references lineup.users (id) on delete cascade,
  -- Sealed. Null: the provider gave none, or does not take it any more.
  refresh_token text,
  key_id        text,
  -- When the provider last said that the person may come in, and when it was last asked.
  confirmed_at  timestamptz not null,
  checked_at    timestamptz not null
);

-- The logout tokens of the provider that were used, as hashes.
create table lineup.logout_tokens (
  id         text primary key,
  expires_at timestamptz not null
);

-- Nothing reads these tokens. They were stored in clear.
update lineup.accounts set access_token = null, refresh_token = null, id_token = null
where provider_id <> 'credential';

-- Where the audit log goes to, and the last entry that arrived there.
create table lineup.audit_streams (
  name    text primary key,
  sent_id bigint not null default 0,
  sent_at timestamptz,
  -- When a process last had it in its settings.
  seen_at timestamptz not null
);
