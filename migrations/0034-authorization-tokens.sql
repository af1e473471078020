-- The access token of an authorization whose destination gives tokens that expire, with what mints the next one. All processes share it. It
-- is not in `authorizations`, because a refresh is no edit: it must not raise the revision.
create table lineup.authorization_tokens (
  authorization_id text primary key references lineup.authorizations (id) on delete cascade,
  -- Sealed, as one value: the token, its times, what is kept for the next one, and the credentials that it belongs to.
  token            text not null,
  -- A version that does not know this table rotates and forgets keys, too. Nobody can open what was sealed with a key that is gone.
  key_id           text not null references lineup.secret_keys (key_id) on delete cascade
);
