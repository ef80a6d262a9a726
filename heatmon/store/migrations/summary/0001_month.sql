-- A month of summaries. source: the day's file the samples came in; another one than `day` for late data.
create table series(
  id integer primary key,
  station text not null,
  tag text not null,
  unique(station, tag)
);
create table minute(
  id integer primary key,
  series integer not null,
  day text not null,
  source text not null,
  data blob not null,
  unique(series, day, source)
);
create table hour(
  id integer primary key,
  series integer not null,
  day text not null,
  source text not null,
  data blob not null,
  unique(series, day, source)
);
