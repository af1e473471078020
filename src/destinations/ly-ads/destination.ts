/** LY Ads behind the port of destinations. It is made from a client, so that tests can give their own. */
import type { LyAdsClient } from '../../../packages/ly-ads/src/index.ts';
import { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import type { Accepted, Asking, Destination } from '../destination.ts';
import { adAccounts, baseAccounts, requireBase } from './accounts.ts';
import { explained, written } from './failure.ts';
import { jobSince, uploadJobOf, uploadTypeOf } from './jobs.ts';
import { accountIdOf, audienceOf, daysOf, everyList, listsByIds, pageOf } from './lists.ts';
import { takenOver } from './taken-over.ts';
import { verify } from './verify.ts';

/** @param base the base account; null before a person has chosen it */
export function lyAdsDestination(client: LyAdsClient, base: string | null): Destination {
  /** @throws {LineupError} without a base account */
  const lists = () => {
    requireBase(base);
    return client.audienceLists;
  };

  const jobsOf = async (
    account: string,
    audienceId: string,
    { background, signal }: Asking,
    uploadJobIds?: readonly string[],
  ) => explained(lists().uploadJobs(accountIdOf(account), audienceId, { background, signal, uploadJobIds }));

  const destination: Destination = {
    traits: lyAdsTraits,
    verify: (asked, signal) => verify({ client, destination, base }, asked, signal),
    accounts: async (max, signal) => adAccounts(client, base, max, signal),
    baseAccounts: async (max, signal) => baseAccounts(client, max, signal),
    page: async (account, asked, signal) => pageOf(lists(), account, asked, signal),

    find: async function* (account, by, signal) {
      if ('ids' in by) {
        yield* listsByIds(lists(), account, by.ids, signal);
        return;
      }
      for await (const audience of everyList(lists(), account, signal)) if (audience.name === by.name) yield audience;
    },

    takenOver: (account, signal) => takenOver(lists(), account, signal),

    create: (account, { name, memberDays }, signal) =>
      written(async () => {
        if (memberDays === undefined) throw new Error('An audience list of LY Ads needs the days of its members.');
        const list = { audienceListName: name, dataDuration: memberDays };
        return audienceOf(await lists().add(accountIdOf(account), list, { signal }));
      }),

    rename: (account, id, name) =>
      written(async () => {
        const dataDuration = await daysOf(lists(), account, id);
        const change = { audienceListId: id, audienceListName: name, dataDuration };
        return audienceOf(await lists().set(accountIdOf(account), change));
      }),

    changeDays: (account, id, memberDays, signal) =>
      written(async () => {
        const change = { audienceListId: id, dataDuration: memberDays };
        return audienceOf(await lists().set(accountIdOf(account), change, { signal }));
      }),

    remove: (account, id) => written(async () => lists().remove(accountIdOf(account), id)),

    send: ({ account, audience, fileName, bytes, read, onProgress, signal, ...upload }) =>
      written(async (): Promise<Accepted> => {
        if (!('id' in audience))
          throw new Error('An audience list of LY Ads is created before anything is sent to it.');
        const { uploadJobId } = await lists().uploadUserList(accountIdOf(account), audience.id, {
          uploadType: uploadTypeOf(upload),
          file: { name: fileName, bytes, read },
          onProgress,
          signal,
        });
        return { audienceId: audience.id, audienceName: null, jobId: uploadJobId };
      }),

    whatBecame: async (sent, signal) => {
      if (!('id' in sent.audience)) return undefined;
      const { id } = sent.audience;
      const job = jobSince(await jobsOf(sent.account, id, { signal }), sent);
      return job && { audienceId: id, audienceName: null, jobId: job.uploadJobId };
    },

    job: async ({ account, audience, jobId }, asking) => {
      if (!('id' in audience) || jobId === null) return undefined;
      const jobs = await jobsOf(account, audience.id, asking, [jobId]);
      const job = jobs.find(({ uploadJobId }) => uploadJobId === jobId);
      return job && uploadJobOf(job);
    },

    uploads: async (account, audienceId, asking) => (await jobsOf(account, audienceId, asking)).map(uploadJobOf),
  };
  return destination;
}
