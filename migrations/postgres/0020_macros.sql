-- Answers that people give often, with what is done when they are sent. Without an owner they are everybody's.
create table macros (
    id uuid primary key,
    brand_id uuid not null references brands (id),
    owner_id uuid references teammates (id),
    name text not null,
    document jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index macros_by_brand on macros (brand_id, name);
