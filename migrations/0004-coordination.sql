-- What holds over all processes and machines. Times are the database's own, so that no machine's clock matters.

-- Each taking of a lease gets a higher token; whoever writes under a lease shows its token (a fence).
create sequence lineup.lease_tokens;

create table lineup.leases (
  name        text primary key,
  holder      text not null,
  token       bigint not null,
  acquired_at timestamptz not null,
  expires_at  timestamptz not null
);

-- The latest requests of each access key (hashed), some of them in the future: reserved.
create table lineup.request_rates (
  key_hash text primary key,
  grants   timestamptz[] not null
);
