/** LINE Official Account behind the port of destinations. It is made from what sends its requests. */
import { asId, asText } from '../../../packages/client-core/src/validation.ts';
import { lineOfficialAccountTraits } from '../../domain/destinations/line-official-account.ts';
import type { Accepted, Asking, Destination, UploadJob } from '../destination.ts';
import { audienceById, audiencesByIds, audiencesByName, countOf, groupOf, pageOf, sharedPageOf } from './audiences.ts';
import type { Send } from './client.ts';
import { explained, written } from './failure.ts';
import { jobOf, jobsOf, pushedOut } from './jobs.ts';
import { verify } from './verify.ts';

/** What the authorization says. */
export interface Channel {
  readonly id: string;
  /** The field of its secret. */
  readonly keyField: 'channel_secret' | 'private_key';
}

export function lineOfficialAccountDestination(send: Send, channel: Channel): Destination {
  const uploadsOf = (id: string, asking: Asking): Promise<UploadJob[]> =>
    explained(audienceById(send, id, jobsOf, asking));

  const destination: Destination = {
    traits: lineOfficialAccountTraits,
    verify: (asked, signal) => verify(destination, channel.keyField, asked, signal),
    // The authorization is that of one channel.
    accounts: async () => [{ id: channel.id, name: null }],
    page: async (_account, asked, signal) => explained(pageOf(send, asked, signal)),
    count: (_account, signal) => explained(countOf(send, signal)),

    shared: (asked, signal) => explained(sharedPageOf(send, asked, signal)),

    find: async function* (_account, by, signal) {
      const found = 'ids' in by ? audiencesByIds(send, by.ids, signal) : audiencesByName(send, by.name, signal);
      for (;;) {
        const { done, value } = await explained(found.next());
        if (done) return;
        yield value;
      }
    },

    rename: (_account, id, name) =>
      written(async () => {
        // LINE answers nothing. It is read before, because a read that fails after it would seem to be the change.
        const audience = await audienceById(send, id, groupOf);
        const path = '/:id/updateDescription';
        await send({ method: 'PUT', path, id, kind: 'repeatable_write', body: { description: name }, parse: () => {} });
        return { ...audience, name };
      }),

    remove: (_account, id) =>
      written(() => send({ method: 'DELETE', path: '/:id', id, kind: 'repeatable_write', parse: () => {} })),

    send: ({ audience, identifierType, fileName, bytes, read, onProgress, signal }) =>
      written(async (): Promise<Accepted> => {
        const isNew = 'name' in audience;
        const about: (readonly [string, string])[] = isNew
          ? [
              ['description', audience.name],
              ['isIfaAudience', String(identifierType === 'ifa')],
            ]
          : [['audienceGroupId', audience.id]];
        return send({
          method: isNew ? 'POST' : 'PUT',
          path: '/upload/byFile',
          kind: 'single_write',
          upload: {
            fields: [...about, ['uploadDescription', fileName]],
            file: { name: fileName, bytes, read },
            onProgress,
          },
          parse: (answer) => ({
            audienceId: isNew ? asId(answer['audienceGroupId'], 'audienceGroupId') : audience.id,
            audienceName: isNew ? asText(answer['description']) || audience.name : null,
            jobId: null,
          }),
          signal,
        });
      }),

    // LINE shows the last fifty jobs only. Sending twice does no harm: it adds the same members. But a new audience is
    // there also when the job has failed, and a second creation would make another one.
    whatBecame: async ({ account, audience, ...sent }, signal) => {
      const targets = 'id' in audience ? [audience] : destination.find(account, { name: audience.name }, signal);
      for await (const { id } of targets) {
        const job = jobOf(await uploadsOf(id, { signal }), sent);
        if (job && ('name' in audience || job.state !== 'FAILED'))
          return { audienceId: id, audienceName: 'id' in audience ? null : audience.name, jobId: null };
      }
      return undefined;
    },

    job: async ({ audience, ...sent }, asking) => {
      if (!('id' in audience)) return undefined;
      const jobs = await uploadsOf(audience.id, asking);
      return jobOf(jobs, sent) ?? pushedOut(jobs, sent);
    },

    uploads: (_account, audienceId, asking) => uploadsOf(audienceId, asking),
  };
  return destination;
}
