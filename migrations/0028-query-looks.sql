-- When each person looked at a sample or a preview of a query in the last hour: at most some of them are allowed.
create table lineup.query_looks (
  person_id text primary key,
  times     jsonb not null
);
