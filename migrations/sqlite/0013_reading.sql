-- Which conversations an order belongs to, when its shop says that it changed; and when each shop was read last.
create index conversation_orders_by_order on conversation_orders (order_source_id, order_id);
create index order_snapshots_by_reading on order_snapshots (order_source_id, read_at);
-- Long work that says how far it is.
create index jobs_under_way on jobs (created_at) where total > 0;
