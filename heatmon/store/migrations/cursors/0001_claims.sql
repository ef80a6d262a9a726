-- How far each destination has come in each stream: 'history', or 'journal/<station>'.
create table claim(
  destination text not null,
  stream text not null,
  day text not null,
  position integer not null check (position >= 0),
  primary key (destination, stream)
) strict, without rowid;
