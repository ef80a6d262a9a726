-- What outward paths to time-series databases must remember over restarts, beside their claims.
-- Sent ahead of the past: everything after start, up to and with end.
create table island(
  destination text not null,
  number integer not null,
  start_day text not null,
  start_position integer not null,
  end_day text not null,
  end_position integer not null,
  primary key (destination, number)
) strict, without rowid;

-- The past of each stream; the claim follows it, never the other way round.
create table place(
  destination text not null,
  stream text not null,
  day text not null,
  position integer not null,
  primary key (destination, stream)
) strict, without rowid;

-- Lines a server refused for ever. state: 'parked', 'retry' when somebody asked to send it again.
create table parked(
  id integer primary key autoincrement,
  destination text not null,
  at_ns integer not null,
  line text not null,
  why text not null,
  state text not null check (state in ('parked', 'retry'))
) strict;

create index parked_of on parked(destination, state);

-- Samples accepted, by the hour of their time, and what the server says that it holds of that hour.
create table hour(
  destination text not null,
  hour integer not null,
  sent integer not null,
  stored integer,
  checked_ns integer,
  primary key (destination, hour)
) strict, without rowid;

-- Hours somebody asked to have sent once more, and how far that has come.
create table again(
  destination text not null,
  hour integer not null,
  day text,
  position integer,
  primary key (destination, hour)
) strict, without rowid;

create table accepted(
  destination text not null primary key,
  at_ns integer not null,
  rows integer not null,
  moved integer not null,
  merged integer not null
) strict, without rowid;
