/** A person's word about a run that was stopped. Its dialog is loaded when somebody needs it. */
import { mutationOptions } from '@tanstack/react-query';
import { type Noun, refresh } from './change.ts';
import { type BodyOf, call } from './client.ts';
import { takingOver } from './jobs.ts';

const noun = 'jobs' satisfies Noun;

/** A person approves what the last run of a job was stopped with. */
export const approveRun = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'POST /jobs/:id/actions/run_anyway'>) =>
      call('POST /jobs/:id/actions/run_anyway', { params: { id }, body }),
    onSuccess: takingOver(id, noun, 'runs', 'suppression-lists'),
    // Something else is true now: the page shows it.
    onError: (_, __, ___, { client }) => refresh(client, noun),
  });
