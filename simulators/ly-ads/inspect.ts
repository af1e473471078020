/** The state of the simulator as plain data. */
import type { Account } from './accounts.ts';
import { jobStatus } from './jobs.ts';
import { isStopped, reachOf } from './lists.ts';
import type { World } from './world.ts';

export type Inspection = ReturnType<typeof inspect>;

/** Everything except the members themselves, the files and the tokens. */
export function inspect(world: World) {
  const { state, settings, clock } = world;
  const now = clock.time();
  const iso = (time: number) => new Date(time).toISOString();
  return {
    settings: { ...settings },
    faults: world.faults.list(),
    clients: [...world.clients.keys()],
    people: world.people.map(({ businessId, name }) => ({ businessId, name })),
    grants: state.grants.list.map(({ clientId, businessId, deleted, refreshes }) => ({
      clientId,
      businessId,
      deleted,
      refreshes,
    })),
    accounts: [...state.accounts.values()].map((account) => ({ ...account, notes: notesOf(account) })),
    lists: state.lists().map((list) => {
      const members = state.members(list.id);
      return {
        id: list.id,
        accountId: list.accountId,
        name: list.name,
        type: list.type,
        dataDuration: list.dataDuration,
        members: members.size,
        people: members.people,
        reach: reachOf(list, now, settings),
        inUse: list.inUse,
        dataConnectionStopped: isStopped(list, now, settings),
      };
    }),
    jobs: state.jobs().map((job) => ({
      id: job.id,
      listId: job.listId,
      accountId: job.accountId,
      uploadType: job.uploadType,
      uploadSource: job.uploadSource,
      fileName: job.fileName,
      status: jobStatus(job, now),
      why: job.why,
      rows: job.rows,
      bytes: job.bytes,
      upperCase: job.upperCase,
      stuck: job.stuck !== null,
      request: job.request,
      submitted: iso(job.submittedAt),
    })),
    violations: [...state.violations],
    requests: state.requests.list(),
  };
}

/** What is special about an account, in words. */
function notesOf({ isMcc, isTest, customerData, authType, status, parent }: Account): string[] {
  return [
    ...(isMcc ? ['MCC'] : []),
    ...(parent === undefined ? [] : [`below ${parent}`]),
    ...(isTest ? ['test account'] : []),
    ...(customerData ? [] : ['no customer data']),
    ...(authType === 'REFERABLE' ? ['may only be read'] : []),
    ...(status === 'SERVING' ? [] : [status]),
  ];
}
