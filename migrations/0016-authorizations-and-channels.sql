-- The ad account that a key of LINE Ads was last accepted with: what it is verified with while no job uses it.
alter table lineup.authorizations add column adaccount_id text;

-- What a channel is told in, and by whom it is read, so chosen there.
alter table lineup.notification_channels add column language text not null default 'en'
  check (language in ('en', 'ja', 'zh-TW', 'th', 'id'));
