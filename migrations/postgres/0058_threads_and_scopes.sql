-- In which thread of its platform's a message is: of what came before only those that began one were known to be.
alter table messages add column thread text;
update messages set thread = (
    select substr(k.key, 8) from message_keys k
    where k.message_id = messages.id and k.channel_id = messages.channel_id and k.key like 'thread:%'
    order by k.key limit 1)
where id in (select message_id from message_keys where key like 'thread:%');
-- Where a conversation has one thread of a channel, everything is in it that came in there.
update messages set thread = one.thread
from (
    select conversation_id, channel_id, min(thread) as thread from messages where thread is not null
    group by conversation_id, channel_id having count(distinct thread) = 1) one
where messages.conversation_id = one.conversation_id and messages.channel_id = one.channel_id
    and messages.thread is null and messages.direction = 'inbound';
-- Where it has several, what somebody wrote is in the one that they began last before it.
update messages set thread = (
    select b.thread from messages b
    where b.conversation_id = messages.conversation_id and b.channel_id = messages.channel_id and b.thread is not null
        and coalesce(b.contact_id, b.to_contact_id) = messages.contact_id and b.seq < messages.seq
    order by b.seq desc limit 1)
where thread is null and direction = 'inbound' and contact_id is not null
    and conversation_id in (select conversation_id from messages where thread is not null);
-- Ids that a platform makes for people anew for each account count there alone: in that on which they wrote last.
update contact_identities set kind = coalesce(kind || '@' || (
    select case c.kind
            when 'messenger' then nullif(c.settings ->> 'page_id', '')
            when 'instagram' then nullif(c.settings ->> 'instagram_id', '')
            else coalesce(nullif(c.settings ->> 'account_id', ''), nullif(c.settings ->> 'phone_number_id', '')) end
    from channels c
    left join conversations v on v.contact_id = contact_identities.contact_id and v.channel_id = c.id
    where c.brand_id = contact_identities.brand_id and c.kind || '_user' = contact_identities.kind
    order by v.last_message_at is null, v.last_message_at desc, c.created_at limit 1), kind)
where kind in ('messenger_user', 'instagram_user', 'whatsapp_user');
