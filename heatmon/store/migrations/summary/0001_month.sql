-- A month of summaries. minutes: what a cell stands for, 1, 10 or 60. source: the day's file the samples came
-- in; another one than `day` for late data.
create table series(
  id integer primary key,
  station text not null,
  tag text not null,
  unique(station, tag)
);
create table cells(
  id integer primary key,
  series integer not null,
  minutes integer not null,
  day text not null,
  source text not null,
  data blob not null,
  unique(series, minutes, day, source)
);
