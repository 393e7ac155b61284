-- What the agent could not tell the meaning of: managers see it as questions that no article answers.
create index hand_offs_unclear on hand_offs (created_at desc, id desc) where reason = 'It is not clear what is wanted.';
