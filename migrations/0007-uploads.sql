-- Files that people uploaded to export. The content lies sealed in the uploads directory, a file each (src/store/sealed-files):
-- nothing of it is here, and without `file_key` it is noise.
create table lineup.uploads (
  id           text primary key,
  name         text not null,
  bytes        bigint not null,
  format       text not null,
  -- What becomes of it when the runs that it is for have ended.
  policy       text not null check (policy in ('delete_after_run', 'keep')),
  -- The key of its content, sealed as authorizations are; gone when it is deleted, which is what deletes it.
  file_key     text,
  key_id       text references lineup.secret_keys (key_id),
  created_by   text not null,
  created_at   timestamptz not null,
  -- Since when a job has had it; null: none ever had.
  used_since   timestamptz,
  deleted_at   timestamptz,
  -- Whether what is left of a deleted one on the disk is gone, too.
  file_removed boolean not null default false,
  check ((deleted_at is null) = (file_key is not null)),
  check ((file_key is null) = (key_id is null))
);
create index uploads_deleted_idx on lineup.uploads (deleted_at) where deleted_at is not null;
