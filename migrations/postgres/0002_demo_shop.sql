-- The shop behind `serve --demo`: a small back end of its own that the desk reads and acts on like any other.
create table demo_products (
    order_source_id uuid not null references order_sources (id),
    sku text not null,
    title text not null,
    variant text not null,
    description text not null,
    price_minor bigint not null,
    currency text not null,
    stock bigint not null,
    counted_at timestamptz not null,
    sells_every_hours bigint not null,
    restock_at timestamptz,
    restock_quantity bigint not null,
    primary key (order_source_id, sku)
);

create table demo_customers (
    order_source_id uuid not null references order_sources (id),
    id text not null,
    name text not null,
    email text not null,
    phone text not null,
    language text not null,
    address jsonb not null,
    primary key (order_source_id, id)
);
create index demo_customers_by_email on demo_customers (order_source_id, email);
create index demo_customers_by_phone on demo_customers (order_source_id, phone);

create table demo_orders (
    order_source_id uuid not null references order_sources (id),
    id text not null,
    number text not null,
    serial bigint not null,
    customer_id text not null,
    placed_at timestamptz not null,
    updated_at timestamptz not null,
    cancelled_at timestamptz,
    address jsonb not null,
    shipping_minor bigint not null,
    currency text not null,
    primary key (order_source_id, id),
    unique (order_source_id, number)
);
create index demo_orders_by_customer on demo_orders (order_source_id, customer_id, placed_at desc);
create index demo_orders_by_serial on demo_orders (order_source_id, serial desc);

create table demo_order_lines (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    id text not null,
    position bigint not null,
    sku text not null,
    title text not null,
    variant text not null,
    quantity bigint not null,
    unit_minor bigint not null,
    primary key (order_source_id, order_id, id)
);

create table demo_payments (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    id text not null,
    method text not null,
    amount_minor bigint not null,
    paid_at timestamptz not null,
    primary key (order_source_id, order_id, id)
);

-- A refund counts from when it was asked for and shows from when it is posted.
create table demo_refunds (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    id text not null,
    amount_minor bigint not null,
    method text not null,
    reason text not null,
    asked_at timestamptz not null,
    posted_at timestamptz not null,
    primary key (order_source_id, order_id, id)
);

-- The plan holds every scan that the parcel will get; what has happened is told by the clock.
create table demo_shipments (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    id text not null,
    tracking_number text not null,
    plan jsonb not null,
    primary key (order_source_id, order_id, id)
);
create index demo_shipments_by_tracking on demo_shipments (order_source_id, tracking_number);

create table demo_returns (
    order_source_id uuid not null references order_sources (id),
    order_id text not null,
    id text not null,
    plan jsonb not null,
    primary key (order_source_id, order_id, id)
);

-- What was done under which key: the same key again is answered from here.
create table demo_actions (
    order_source_id uuid not null references order_sources (id),
    idempotency_key text not null,
    order_id text not null,
    command text not null,
    reference text not null,
    performed_at timestamptz not null,
    shows_at timestamptz not null,
    primary key (order_source_id, idempotency_key)
);
