-- Whether a message passes the customer by: the platform wrote it to the shop alone, or the shop wrote it to others alone.
alter table messages add column aside boolean not null default false;

-- Amazon's machines are no people: what is known of them is not what is known of who buys.
update contact_identities set kind = 'marketplace_machine'
where kind = 'email' and (value like '%@amazon.%' or value like '%.amazon.%') and value not like '%@marketplace.amazon.%'
    and exists (
        select 1 from messages m join channels c on c.id = m.channel_id
        where m.contact_id = contact_identities.contact_id and c.kind = 'amazon' and m.trust = 'proved'
            and m.automatic <> 'no');

update messages set aside = true
where direction = 'inbound' and recipients = '[]'::jsonb and contact_id in (
    select contact_id from contact_identities
    where kind like 'marketplace_operator%' or kind like 'marketplace_machine%');
update messages set aside = true
where direction = 'outbound' and to_contact_id in (
    select contact_id from contact_identities
    where kind like 'marketplace_operator%' or kind like 'marketplace_machine%');

-- That a marketplace named an order before its operator or its machine proves nothing of who buys, nor does it of two customers of
-- one marketplace.
delete from contact_evidence where reason = 'order' and exists (
    select 1 from contact_identities i where i.contact_id in (contact_evidence.one_id, contact_evidence.other_id)
        and (i.kind like 'marketplace_operator%' or i.kind like 'marketplace_machine%'));
delete from contact_evidence where reason = 'order'
    and exists (select 1 from contact_identities i
        where i.contact_id = contact_evidence.one_id and i.kind like 'marketplace_user%')
    and exists (select 1 from contact_identities i
        where i.contact_id = contact_evidence.other_id and i.kind like 'marketplace_user%');

-- What the operator wrote first was not for the customer; that is said of each message, and is no name.
update contacts set name = replace(name, ', not seen by the customer)', ')') where id in (
    select contact_id from contact_identities where kind like 'marketplace_operator%');
update conversations set contact_name = replace(contact_name, ', not seen by the customer)', ')') where contact_id in (
    select contact_id from contact_identities where kind like 'marketplace_operator%');
