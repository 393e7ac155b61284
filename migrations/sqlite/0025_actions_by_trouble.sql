-- Nothing asks for actions in trouble: their messages are listed instead.
drop index actions_by_trouble;
