-- A station's journal. Times are integer nanoseconds UTC.
create table origin(
  only integer primary key check (only = 1),
  station text not null
) strict;

-- One station to a file (a trigger sees to it), so that event_seq alone is the key (station, event_seq).
create table entry(
  station text not null,
  event_seq integer primary key check (event_seq > 0),
  time integer not null,
  written_at integer not null,
  code text not null,
  actor text not null,
  input_seq integer not null,
  payload_sha256 blob not null check (length(payload_sha256) = 32),
  simulated integer not null check (simulated in (0, 1)),
  payload text,
  salt blob,
  hash blob not null check (length(hash) = 32)
) strict;

-- Costs nothing where nothing is simulated, and answers at once whether anything is.
create index entry_simulated on entry(simulated) where simulated = 1;

create table checkpoint(
  only integer primary key check (only = 1),
  version integer not null,
  input_seq integer not null,
  event_seq integer not null,
  now integer not null,
  clean_stop integer not null,
  sha256 blob not null,
  body text not null
) strict;

-- Settings by content: the SHA-256 of the content names it.
create table bundle(
  sha256 text not null primary key,
  content blob not null
) strict, without rowid;

create trigger entry_grows_at_its_end before insert on entry
when new.event_seq <= (select coalesce(max(event_seq), 0) from entry)
begin
  select raise(abort, 'the journal grows at its end only');
end;

create trigger entry_one_station before insert on entry
when new.station is not (select station from origin)
begin
  select raise(abort, 'the journal belongs to one station');
end;

create trigger entry_is_never_deleted before delete on entry
begin
  select raise(abort, 'journal entries are never deleted');
end;

-- The one change there is: a personal payload is erased, by a later entry that says so.
create trigger entry_is_never_changed before update on entry
when not (
  old.salt is not null and new.payload is null and new.salt is null
  and new.station is old.station and new.event_seq is old.event_seq and new.time is old.time
  and new.written_at is old.written_at and new.code is old.code and new.actor is old.actor
  and new.input_seq is old.input_seq and new.payload_sha256 is old.payload_sha256
  and new.simulated is old.simulated and new.hash is old.hash
)
begin
  select raise(abort, 'journal entries are never changed');
end;

create trigger bundle_is_never_changed before update on bundle
begin
  select raise(abort, 'bundles are never changed');
end;

create trigger bundle_is_never_deleted before delete on bundle
begin
  select raise(abort, 'bundles are never deleted');
end;
