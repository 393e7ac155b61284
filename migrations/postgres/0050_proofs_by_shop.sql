-- Order numbers were compared over shops that number by themselves, so what they proved of a name that a marketplace gives is
-- a hint until the order of the same shop proves it.
update contact_evidence set proof = false where reason = 'order' and proof and exists (
    select 1 from contact_identities i where i.contact_id in (contact_evidence.one_id, contact_evidence.other_id)
        and (i.kind in ('amazon_buyer', 'ebay_user') or substr(i.kind, 1, 12) = 'marketplace_'));
