-- The outbox is filled in the transaction of each change. Before, an event went through the queue first: what still waits there
-- gets its rows now, a channel that wants it, and the queue of events goes away.
do $$
begin
  -- A new installation has no queue yet.
  if to_regclass('lineup_queue.job') is null then return; end if;
  insert into lineup.notifications (channel_id, event_key, event, due_at, created_at)
    select channel.id,
      case message.data ->> 'type'
        when 'authorization_unhealthy'
          then concat_ws(' ', message.data ->> 'type', message.data ->> 'authorizationId', message.data ->> 'at')
        else concat_ws(' ', message.data ->> 'type', message.data ->> 'jobId',
          coalesce(message.data ->> 'runId', ''), message.data ->> 'at')
      end,
      message.data, clock_timestamp(), clock_timestamp()
    from lineup_queue.job as message
    join lineup.notification_channels as channel on channel.events @> jsonb_build_array(message.data ->> 'type')
    where message.name = 'domain-events' and message.state::text in ('created', 'retry', 'active')
    order by message.created_on, message.id, channel.id
    on conflict (channel_id, event_key) do nothing;
  perform lineup_queue.delete_queue('domain-events') from lineup_queue.queue where name = 'domain-events';
end $$;

-- How often each event of the log has happened, over all processes and since the installation: for /metrics.
create table lineup.event_counts (
  event text primary key,
  count bigint not null
);
