-- Whether it is what a customer said who was erased since: such a no is kept for as long as they do not come back.
alter table early_opt_outs add column of_erased integer not null default 0;
