/** The disk of one machine stays full, and another machine has room. */
import { expect, test } from 'vitest';
import { play } from '../../fault-simulation/history.ts';
import { type Plan, planOf } from '../../fault-simulation/world/plan.ts';

/** Two machines. The disk of one is full from the beginning. */
const plan: Plan = {
  ...planOf(1),
  workers: 2,
  people: [],
  endsWithRuns: false,
  jobs: [
    {
      members: ['a@example.com', 'b@example.com'],
      changes: [],
      identifier: 'email',
      audienceName: 'Audience',
      existing: null,
      account: 'A1',
      key: 0,
      schedule: null,
      chunkRecords: 1,
      resumable: false,
    },
  ],
  faults: [{ kind: 'disk_full', when: { step: 0 }, forMs: 1e9 }],
};

test.each([1, 2, 3, 4, 5, 6])(
  'a run that finds it full succeeds on the other machine while it is (order %i)',
  async (seed) => {
    const { violation, trace } = await play({ ...plan, seed }, { isTraced: true });
    expect(violation).toBeUndefined();
    const broken = trace.slice(
      0,
      trace.findIndex((line) => line.includes('no more faults')),
    );
    expect(broken.some((line) => line.includes('FAULT disk_full'))).toBe(true);
    expect(broken.some((line) => line.includes('"status":"succeeded"'))).toBe(true);
    // It does not stay with the machine that is full.
    const refused = broken.filter((line) => line.includes('log run.ended') && line.includes('disk_full'));
    expect(refused.length).toBeLessThanOrEqual(2);
  },
);
