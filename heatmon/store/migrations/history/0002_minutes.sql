-- One-minute summaries of a plan's tags, computed when the minute is over (heatmon/store/history/minutes.py).
-- A minute may have several parts: late data, or a clock that went back. minute: since 1970; low, high: the
-- positions of its scans.
create table minute(
  id integer primary key,
  plan integer not null,
  minute integer not null,
  low integer not null,
  high integer not null,
  data blob not null
);
create index minute_of_plan on minute(plan, minute);

-- Every scan up to this position is in a minute.
create table summarised(
  only integer primary key check (only = 1),
  position integer not null
);
insert into summarised values (1, 0);
