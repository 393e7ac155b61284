-- The template that the agent takes in place of a text when the time for a reply is over on a channel, with what its places hold.
alter table channels add column closed_template text;
