-- The Mondays for which the weekly digest was put into the outbox, or would have been: so each is sent once.
create table lineup.weekly_digests (
  slot timestamptz primary key
);
