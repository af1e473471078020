-- Whom to tell what happens to jobs.
create table lineup.notification_channels (
  id            text primary key,
  kind          text not null check (kind in ('webhook', 'slack', 'email')),
  label         text not null,
  -- Where it leads, in few words and without a secret: a host, addresses.
  target        text not null,
  events        jsonb not null,
  -- Sealed, as authorizations are.
  configuration text not null,
  key_id        text not null references lineup.secret_keys (key_id),
  created_by    text not null,
  created_at    timestamptz not null
);

-- The outbox: what a channel has been and is to be told. Written at once, sent until the other side takes it.
create table lineup.notifications (
  id         bigint generated always as identity primary key,
  channel_id text not null references lineup.notification_channels (id) on delete cascade,
  -- The same event brought twice is told once.
  event_key  text not null,
  -- src/contracts/domain-events.ts
  event      jsonb not null,
  status     text not null default 'waiting' check (status in ('waiting', 'sent', 'given_up')),
  attempts   integer not null default 0,
  due_at     timestamptz not null,
  created_at timestamptz not null,
  ended_at   timestamptz,
  error      text,
  unique (channel_id, event_key)
);
create index notifications_due_idx on lineup.notifications (due_at) where status = 'waiting';
