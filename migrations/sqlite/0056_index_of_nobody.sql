-- Who waits for a person in a chat is counted by whose answer is due since chats are answered by their clocks: no query has this
-- condition any more, and each change of a conversation kept the index.
drop index conversations_waiting_for_people;
