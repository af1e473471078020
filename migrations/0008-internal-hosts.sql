-- One list of hosts inside the network for every outgoing connection (src/contracts/internal-hosts.ts). Until now notifications
-- had a list of their own, and a URL of files a mark, which becomes an entry for its host and port.
insert into lineup.settings (key, value, updated_by, updated_at)
select 'network', jsonb_build_object('internal_hosts', jsonb_agg(host order by host)), 'system', now()
from (
  select host
  from lineup.settings, jsonb_array_elements_text(value -> 'internal_hosts') as host
  where key = 'notifications'
    -- Names, and addresses: whatever else stood in that list never let anything through.
    and (host ~ '^[a-z0-9._-]+$' and host !~ '(^|\.)([0-9]+|0x[0-9a-f]*)\.?$'
      or host ~ '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.|$)){4}$'
      or host ~ '^\[?([0-9a-f]{1,4}(:|\]?$)){8}$'
      or host ~ '^\[?([0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,5})?::([0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,5})?\]?$')
  union
  select place || case when place ~ ':[0-9]+$' then '' when url like 'https:%' then ':443' else ':80' end
  from (
    select root ->> 'url' as url, substring(root ->> 'url' from '^https?://([^/]+)') as place
    from lineup.settings, jsonb_array_elements(value -> 'url_roots') as root
    where key = 'files' and (root ->> 'internal')::boolean
  ) as roots
) as hosts
having count(*) > 0;

delete from lineup.settings where key = 'notifications';

update lineup.settings
set value = jsonb_set(value, '{url_roots}', (
  select coalesce(jsonb_agg(root - 'internal' order by place), '[]')
  from jsonb_array_elements(value -> 'url_roots') with ordinality as roots (root, place)
))
where key = 'files' and value ? 'url_roots';
