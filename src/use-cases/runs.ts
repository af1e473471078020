/** Use cases of runs: what they did and do. */
import type { StoredRun } from '../contracts/job-store.ts';
import { type RunDetail, runProgress } from '../contracts/run-progress.ts';
import { describeRun } from '../contracts/run-state.ts';
import type { Runs } from '../contracts/use-cases.ts';
import { listMatching } from '../store/repositories/matching.ts';
import { readEvents, readRunState } from '../store/repositories/run-events.ts';
import { listRuns } from '../store/repositories/run-list.ts';
import { listRequests } from '../store/repositories/run-requests.ts';
import { getRun } from '../store/repositories/runs.ts';
import { numberedPage } from './cursors.ts';
import type { UseCaseDeps } from './deps.ts';
import { RunFeeds } from './run-feeds.ts';

export function runUseCases(deps: UseCaseDeps): Runs {
  const { db, sleep } = deps;
  const feeds = new RunFeeds({
    run: (id) => detailOf(deps, id),
    events: (id, after) => eventsOf(deps, id, after),
    sleep,
  });
  return {
    list: async (page) => {
      const { items, ...rest } = await listRuns(db, page);
      return { ...rest, items: items.map(asDetail) };
    },
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
      return feeds.watch(id, after, signal);
    },
  };
}

async function detailOf({ db }: UseCaseDeps, id: string): Promise<RunDetail> {
  return asDetail(await getRun(db, id));
}

const asDetail = ({ summary, progress, atLine }: StoredRun): RunDetail => ({
  ...summary,
  progress: runProgress.nullable().catch(null).parse(progress),
  part_at_line: atLine === 'part' ? { sent: summary.uploaded ?? 0, total: summary.unique ?? 0 } : null,
});

async function eventsOf({ db }: UseCaseDeps, id: string, after: number, limit?: number) {
  const events = await readEvents(db, id, after);
  return events.slice(0, limit).map((event, n) => ({ seq: after + n + 1, event }));
}
