-- Which teammates a hand-over told at once, the message that told the customer, and why none did.
alter table hand_offs add column told text not null default '[]';
alter table hand_offs add column notice_id blob;
alter table hand_offs add column untold text not null default '';
