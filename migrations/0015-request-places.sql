-- Ten places for each access key (hashed): a request has one from before it is sent until a second after its answer, so that
-- LINE never sees more than ten in a second. Times are the database's own.
drop table lineup.request_rates;

create table lineup.request_places (
  key_hash text not null,
  place    integer not null,
  -- Rises with every taking: who gives a place back shows it.
  token    bigint not null default 0,
  held     boolean not null default false,
  -- Held: when its holder is taken for dead. Free: when it may be used again.
  until    timestamptz not null default '-infinity',
  primary key (key_hash, place)
);
