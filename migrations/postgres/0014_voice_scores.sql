-- How close each reply of ours comes to the voice that was in force, and what is off. Nobody's: the agent's own words.
create table voice_scores (
    message_id uuid primary key,
    brand_id uuid not null references brands (id),
    teammate_id uuid references teammates (id),
    score bigint not null,
    findings jsonb not null,
    written_at timestamptz not null
);
create index voice_scores_by_brand on voice_scores (brand_id, written_at);
