-- Whether a run may go on, and past which guard, is stored as such, and no longer as a command that a person could type.
update lineup.runs
set error = (error - 'resume') || jsonb_build_object(
  'resumable', error->>'resume' is not null,
  'allowShrinkTo', substring(error->>'resume' from '--max-shrink ([0-9]+(?:[.][0-9]+)?)$')::numeric)
where error ? 'resume';
