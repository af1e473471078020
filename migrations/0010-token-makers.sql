-- A token is never worth more than its maker is now, so it must be known who that is: a user, another token, or the
-- operator who made it in the database itself (`operator`). Of tokens that are there, the audit log knows. One whose maker
-- nobody knows any more (null) is refused.

alter table lineup.api_tokens add column maker_id text;

update lineup.api_tokens token
set maker_id = entry.actor_id
from lineup.audit_log entry
where entry.action = 'api_token.create' and entry.subject_type = 'api_token' and entry.subject_id = token.id;
