import { type Row, sourceContract } from './contract.ts';
import { openAudience, startLytics } from './support/lytics.ts';

/** Profiles leave out fields without a value. */
const profiles = (rows: readonly Row[]) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));

async function open(rows: readonly Row[], faulty = false) {
  const sim = await startLytics({
    segments: [{ slug: 'given', name: 'Given members', members: profiles(rows) }],
    faults: faulty ? [{ kind: 'status', status: 404, endpoint: 'scan', nth: 3 }] : [],
  });
  return openAudience(sim, 'given');
}

sourceContract({
  name: 'Lytics',
  lists: true,
  nul: true,
  places: true,
  open: (rows) => open(rows),
  openBroken: (rows) => open(rows, true),
});
