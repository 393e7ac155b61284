-- What takes an action back in the shop, where something does, and which action another one takes back.
alter table actions add column way_back jsonb;
alter table actions add column takes_back uuid;
create index actions_by_what_they_take_back on actions (takes_back) where takes_back is not null;
-- What was done with an order of the demo's shop is read with it.
create index demo_actions_by_order on demo_actions (order_source_id, order_id, performed_at);
