-- Answers that people give often, with what is done when they are sent. Without an owner they are everybody's.
create table macros (
    id blob primary key,
    brand_id blob not null references brands (id),
    owner_id blob references teammates (id),
    name text not null,
    document text not null,
    created_at integer not null,
    updated_at integer not null
) strict;
create index macros_by_brand on macros (brand_id, name);
