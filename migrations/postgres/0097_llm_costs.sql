-- What the language model cost a brand, by month (its first moment in UTC) and kind of request; what is paid for before it
-- is asked counts until it is put right. And how much it may cost in a month; the kind '' is all of them together.
create table llm_costs (
    brand_id uuid not null references brands (id),
    month timestamptz not null,
    kind text not null,
    calls bigint not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    micros bigint not null,
    primary key (brand_id, month, kind)
);
create table llm_limits (
    brand_id uuid not null references brands (id),
    kind text not null,
    micros bigint not null,
    primary key (brand_id, kind)
);
