/** Use cases of runs: what they did and do. */

import { type RunDetail, type RunUpdate, runProgress } from '../contracts/run-progress.ts';
import { describeRun } from '../contracts/run-state.ts';
import type { Runs } from '../contracts/service.ts';
import { listMatching } from '../store/matching.ts';
import { readEvents, readRunState } from '../store/run-journal.ts';
import { listRequests } from '../store/run-requests.ts';
import { getRun, listRuns } from '../store/runs.ts';
import type { ServiceDeps } from './deps.ts';
import { numberedPage } from './numbered-page.ts';

const LOOK_EVERY_MS = 500;

export function runsService(deps: ServiceDeps): Runs {
  const { db } = deps;
  return {
    list: (page) => listRuns(db, page),
    get: (id) => detailOf(deps, id),
    document: async (id) => {
      await getRun(db, id);
      const state = await readRunState(db, id);
      return state ? describeRun(state, deps.now()) : null;
    },
    events: async (id, page) => {
      await getRun(db, id);
      return numberedPage(
        page,
        (limit, after) => eventsOf(deps, id, after ?? 0, limit),
        ({ seq }) => seq,
      );
    },
    requests: async (id, page) => {
      await getRun(db, id);
      const from = Number(page.cursor ?? 0);
      const numbered = async (limit: number) =>
        (await listRequests(db, id, limit, from)).map((entry, n) => ({ entry, n: from + n + 1 }));
      const { items, next } = await numberedPage(page, numbered, ({ n }) => n);
      return { items: items.map(({ entry }) => entry), next };
    },
    matching: async (id) => {
      await getRun(db, id);
      return listMatching(db, id);
    },
    watch: async (id, after, signal) => {
      await getRun(db, id);
      return watch(deps, id, after, signal);
    },
  };
}

async function detailOf({ db }: ServiceDeps, id: string): Promise<RunDetail> {
  const { summary, progress } = await getRun(db, id);
  return { ...summary, progress: runProgress.nullable().catch(null).parse(progress) };
}

async function eventsOf({ db }: ServiceDeps, id: string, after: number, limit?: number) {
  const events = await readEvents(db, id, after);
  return events.slice(0, limit).map((event, n) => ({ seq: after + n + 1, event }));
}

/** Looks into the database now and then: whichever process works on the run, what it does is there. */
async function* watch(
  deps: ServiceDeps,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncIterable<RunUpdate> {
  let seen = after;
  let status: string | undefined;
  let shown = '';
  while (!signal.aborted) {
    // The run before its events: when it has ended, all of them are there.
    const run = await detailOf(deps, id);
    if (status !== run.status) yield { type: 'run', run };
    status = run.status;
    for (const { seq, event } of await eventsOf(deps, id, seen)) {
      yield { type: 'event', seq, event };
      seen = seq;
    }
    if (run.status !== 'queued' && run.status !== 'running') return;
    const progress = JSON.stringify(run.progress);
    if (run.progress && progress !== shown) yield { type: 'progress', progress: run.progress };
    shown = progress;
    await deps.sleep(LOOK_EVERY_MS, signal).catch(() => {});
  }
}
