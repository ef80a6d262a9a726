-- A day's scans over all stations, in input order. "If not exists": the first days had no version number.
create table if not exists plan(
  id integer primary key,
  station text,
  device text,
  grp text,
  tags text,
  unique(station, device, grp, tags)
);

create table if not exists scan(
  position integer primary key,
  plan integer not null,
  input_seq integer not null,
  due_ns integer not null,
  received_ns integer not null,
  data blob not null
);
