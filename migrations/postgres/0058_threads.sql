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
