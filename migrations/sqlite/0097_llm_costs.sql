-- What the language model cost a brand, by month (its first moment in UTC) and kind of request; what is paid for before it
-- is asked counts until it is put right. And how much it may cost in a month; the kind '' is all of them together.
create table llm_costs (
    brand_id blob not null references brands (id),
    month integer not null,
    kind text not null,
    calls integer not null,
    prompt_tokens integer not null,
    completion_tokens integer not null,
    micros integer not null,
    primary key (brand_id, month, kind)
) strict, without rowid;
create table llm_limits (
    brand_id blob not null references brands (id),
    kind text not null,
    micros integer not null,
    primary key (brand_id, kind)
) strict, without rowid;
