-- What is to be told to whom. Times are station time, integer nanoseconds UTC.
create table cursor(
  station text not null primary key,
  event_seq integer not null check (event_seq >= 0)
) strict, without rowid;

-- One row a journal entry (an occurrence's change), recipient and channel. A digest has the negative
-- number of the last entry that it holds.
create table message(
  id integer primary key,
  station text not null,
  event_seq integer not null,
  recipient text not null,
  channel text not null,
  place integer not null,
  address text not null,
  occurrence text not null,
  kind text not null,
  priority text not null,
  state text not null,
  due integer not null,
  attempts integer not null default 0,
  planned integer not null,
  changed integer not null,
  answer text not null default '',
  ref text not null default '',
  digest integer references message(id),
  told text not null default '',
  entry text not null,
  unique(station, event_seq, recipient, channel)
) strict;

create index message_queue on message(station, channel, priority, id) where state in ('queued', 'sending');
create index message_held on message(station, recipient, due) where state = 'held';
create index message_occurrence on message(station, occurrence);
create index message_planned on message(station, recipient, planned);
create index message_untold on message(station, id) where told <> state;

-- What a person answers with: bound to the message, and by it to person, occurrence and channel.
create table code(
  message integer not null primary key references message(id) on delete cascade,
  code text not null,
  until integer not null,
  tries integer not null default 0,
  used integer not null default 0
) strict;

-- Channels that are down, so that a restart does not tell it twice.
create table down(
  station text not null,
  channel text not null,
  since integer not null,
  reason text not null,
  primary key (station, channel)
) strict, without rowid;
