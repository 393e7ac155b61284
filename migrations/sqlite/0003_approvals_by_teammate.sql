-- How a person's decisions went is asked for with every page of approvals.
create index approvals_by_teammate on approvals (decided_by, decided_at) where decided_by is not null;
