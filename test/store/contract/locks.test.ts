/** What a transaction locks until its end: which other statements wait for it, and which do not. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, JobTransaction } from '../../../src/contracts/job-store.ts';
import { applyEvent, foldRun, type RunState } from '../../../src/domain/runs/run-state.ts';
import { meanwhile } from '../../support/meanwhile.ts';
import { ended, staged, started } from '../../support/runs.ts';
import { aiko, at } from '../../support/service.ts';
import {
  accepted,
  addEvents,
  aRun,
  makeJob,
  queueRun,
  resumed,
  sleepingUntil,
  time,
  transition,
  warning,
} from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

/** A job with one run. */
interface Scene {
  readonly jobId: string;
  readonly runId: string;
  readonly state: RunState;
  /** The number of the next entry of its journal. */
  readonly seq: number;
}

type ActName =
  | 'getJob'
  | 'getRun'
  | 'lockJob'
  | 'lockJobOfRun'
  | 'changeJob'
  | 'deleteJob'
  | 'saveState'
  | 'adoptAudience'
  | 'recordTransition'
  | 'queueRun'
  | 'lockRun'
  | 'requeueRun'
  | 'requestStop'
  | 'markStopped'
  | 'forbidContinuing'
  | 'warn'
  | 'resume';
type Act = (tx: JobTransaction, scene: Scene) => Promise<unknown>;

const acts: Record<ActName, Act> = {
  getJob: (tx, { jobId }) => tx.getJob(jobId),
  getRun: (tx, { runId }) => tx.getRun(runId),
  lockJob: (tx, { jobId }) => tx.lockJob(jobId),
  lockJobOfRun: (tx, { runId }) => tx.lockJobOfRun(runId),
  changeJob: (tx, { jobId }) =>
    tx.changeJob(jobId, 1, { name: 'New', audience_id: null, sibling_audience_ids: [] }, aiko, at(9)),
  deleteJob: (tx, { jobId }) => tx.deleteJob(jobId),
  saveState: (tx, { jobId }) => tx.saveState(jobId, sleepingUntil(9)),
  adoptAudience: (tx, { runId, state }) => tx.adoptAudience(runId, state),
  recordTransition: (tx, { jobId }) => tx.recordTransition(transition(jobId, 'edit'), at(9)),
  queueRun: (tx, { jobId, runId }) => tx.queueRun(aRun(`${runId}-next`, jobId), at(9)),
  lockRun: (tx, { runId }) => tx.lockRun(runId),
  requeueRun: (tx, { runId }) => tx.requeueRun(runId),
  requestStop: (tx, { runId }) => tx.requestStop(runId, 'pause', at(9)),
  markStopped: (tx, { runId }) => tx.markStopped(runId),
  forbidContinuing: (tx, { runId }) => tx.forbidContinuing(runId),
  warn: (tx, { runId, seq, state }) => tx.addRunEvent(runId, seq, warning(9), applyEvent(state, warning(9))),
  resume: (tx, { runId, seq, state }) => tx.addRunEvent(runId, seq, resumed(9), applyEvent(state, resumed(9))),
};

/** The statements that lock the job against everything, also against a reference to it. */
const jobLocks: ActName[] = ['lockJob', 'lockJobOfRun', 'changeJob', 'deleteJob'];
const jobChanges: ActName[] = [...jobLocks, 'saveState', 'adoptAudience'];
const jobReferences: ActName[] = ['recordTransition', 'queueRun'];
/** The statements that lock an ended run. A deletion of its job takes the run from the job. */
const runChanges: ActName[] = [
  'deleteJob',
  'lockRun',
  'requeueRun',
  'markStopped',
  'forbidContinuing',
  'warn',
  'resume',
];
/** The statements that make a second active run of the job, if there is one already. */
const activeRuns: ActName[] = ['queueRun', 'requeueRun', 'resume'];

/** Whether a statement is refused in the end is not the question here. */
const assertRefused = (error: unknown) => expect(error).toHaveProperty('code');

const creating = { audienceId: null, audienceName: 'VIP' };

describe.each(stores.filter(({ isConcurrent }) => isConcurrent))('locks on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let other: JobStore;
  let authorizationId: string;
  let scenes = 0;
  beforeEach(async () => {
    store = (await current.open()).store;
    other = (await current.open()).store;
    authorizationId = await current.authorize();
  });

  const queuedScene = async (): Promise<Scene> => {
    const job = await makeJob(store, authorizationId);
    scenes += 1;
    const runId = `r${scenes}`;
    await queueRun(store, runId, job.id);
    return { jobId: job.id, runId, seq: 1, state: foldRun([started(runId, time(0), creating)]) };
  };
  const runningScene = async (): Promise<Scene> => {
    const scene = await queuedScene();
    const { runId } = scene;
    const events = [started(runId, time(0), creating), staged(time(1), 7), accepted(2)];
    return { ...scene, seq: events.length + 1, state: await addEvents(store, runId, events) };
  };
  const failedScene = async (): Promise<Scene> => {
    const scene = await runningScene();
    const state = await addEvents(store, scene.runId, [ended(time(3), 'failed')]);
    return { ...scene, seq: scene.seq + 1, state };
  };

  /** The statements that wait for a transaction that has done `first`. */
  const waiting = async (first: ActName, scene: () => Promise<Scene>): Promise<ActName[]> => {
    const found: ActName[] = [];
    for (const second of Object.keys(acts) as ActName[]) {
      const given = await scene();
      const waits = await meanwhile({
        store,
        isWaiting: current.isWaiting,
        first: (tx) => acts[first](tx, given),
        second: () => other.transaction((tx) => acts[second](tx, given)).catch(assertRefused),
      });
      if (waits) found.push(second);
    }
    return found.sort();
  };
  const sorted = (...names: ActName[]) => [...new Set(names)].sort();

  test.each<[ActName, ActName[]]>([
    ['getJob', []],
    ['getRun', []],
    ['lockJob', [...jobChanges, ...jobReferences]],
    ['lockJobOfRun', [...jobChanges, ...jobReferences]],
    ['changeJob', [...jobChanges, ...jobReferences]],
    ['deleteJob', [...jobChanges, ...jobReferences, ...runChanges]],
    ['saveState', jobChanges],
    ['adoptAudience', jobChanges],
    ['queueRun', [...jobLocks, ...activeRuns]],
    ['lockRun', runChanges],
    ['requeueRun', [...runChanges, ...activeRuns]],
    ['requestStop', []],
    ['markStopped', runChanges],
    ['forbidContinuing', runChanges],
    ['warn', runChanges],
    ['resume', [...runChanges, ...activeRuns]],
  ])('what waits for %s, when the run has failed', async (first, expected) => {
    expect(await waiting(first, failedScene)).toEqual(sorted(...expected));
  });

  test('what waits for recordTransition', async () => {
    const found = await waiting('recordTransition', failedScene);
    // Every entry is written with the job locked, so two of them never meet. In memory, the second one would wait.
    expect(found.filter((name) => name !== 'recordTransition')).toEqual(sorted(...jobLocks));
  });

  /** The statements that change a run while it is active, or lock it. */
  const activeChanges: ActName[] = ['deleteJob', 'lockRun', 'requestStop', 'requeueRun', 'warn', 'resume'];

  test.each<[ActName, ActName[]]>([
    ['lockRun', activeChanges],
    // The unique index of active runs has to wait, because this run may have ended.
    ['requestStop', [...activeChanges, 'queueRun']],
    ['requeueRun', [...activeChanges, 'queueRun']],
    ['markStopped', []],
    ['forbidContinuing', []],
  ])('what waits for %s, when the run is queued', async (first, expected) => {
    expect(await waiting(first, queuedScene)).toEqual(sorted(...expected));
  });

  test.each<[ActName, ActName[]]>([
    ['lockRun', [...activeChanges, 'forbidContinuing']],
    ['requestStop', [...activeChanges, 'forbidContinuing', 'queueRun']],
    ['warn', [...activeChanges, 'forbidContinuing', 'queueRun']],
    ['forbidContinuing', [...activeChanges, 'forbidContinuing', 'queueRun']],
    ['markStopped', []],
  ])('what waits for %s, when the run is running', async (first, expected) => {
    expect(await waiting(first, runningScene)).toEqual(sorted(...expected));
  });
});
