/** Small, realistic mistakes of the export: its uploads, and the limits of requests. */
import { LineAdsError } from '../../../packages/line-ads/src/index.ts';
import { failedOften, listedLate, type Mistake, replacedOften } from '../find.ts';
import { inAskingJournal, inLineClient, inReads, over } from '../planting.ts';

export const exportMistakes: Record<string, Mistake> = {
  // Uploads

  'takes a lost answer for a refusal': {
    plant: inLineClient((audiences) => ({
      upload: (...given) =>
        audiences.upload(...given).catch((error: unknown) => {
          throw error instanceof LineAdsError ? over(error, { outcome: 'not_taken' }) : error;
        }),
    })),
    breaks: ['repeated_file', 'overlapping_upload'],
    seed: 121,
  },
  'sends again after a lost answer, and does not ask LINE first': {
    plant: inLineClient((audiences) => ({
      upload: (...given) =>
        audiences.upload(...given).catch((error: unknown) => {
          if (error instanceof LineAdsError && error.code !== 'aborted') return audiences.upload(...given);
          throw error;
        }),
    })),
    breaks: ['repeated_file', 'overlapping_upload'],
    seed: 121,
  },
  'takes a lost answer for an accepted chunk': {
    plant: {
      destination: (destination) =>
        over(destination, {
          send: async (upload) => {
            const sent = await destination.send(upload);
            if (sent.outcome !== 'unknown' || !('id' in upload.audience)) return sent;
            return { outcome: 'taken', value: { audienceId: upload.audience.id, audienceName: null, jobId: null } };
          },
        }),
    },
    breaks: ['journal'],
    seed: 76,
  },
  'never finds the upload whose answer was lost': {
    plant: { destination: (destination) => over(destination, { whatBecame: async () => undefined }) },
    breaks: ['repeated_file', 'overlapping_upload', 'end'],
    seed: 121,
  },
  'sends each chunk twice': {
    plant: inLineClient((audiences) => ({
      upload: async (...given) => {
        await audiences.upload(...given);
        return audiences.upload(...given);
      },
    })),
    breaks: ['repeated_file', 'overlapping_upload'],
    seed: 4,
  },
  'replaces with every chunk of a run': {
    plant: inLineClient((audiences) => ({
      upload: (account, upload) =>
        audiences.upload(account, upload.id === undefined ? upload : { ...upload, action: 'REPLACE' }),
    })),
    breaks: ['membership', 'replace_after_add'],
    seed: 4,
  },
  'does not wait until LINE has processed a chunk': {
    plant: inLineClient((audiences) => ({
      uploadJobs: async (...given) =>
        (await audiences.uploadJobs(...given)).map((job) =>
          job.jobStatus === 'FAILED' ? job : { ...job, jobStatus: 'FINISHED' },
        ),
    })),
    breaks: ['overlapping_upload', 'end'],
    seed: 11,
  },
  'takes a FAILED upload job for a FINISHED one': {
    plant: inLineClient((audiences) => ({
      uploadJobs: async (...given) =>
        (await audiences.uploadJobs(...given)).map((job) =>
          job.jobStatus === 'FAILED' ? { ...job, jobStatus: 'FINISHED' } : job,
        ),
    })),
    breaks: ['membership'],
    seed: 531,
  },

  'replaces with a chunk that is sent again after its job has failed': {
    plant: inLineClient((audiences) => ({
      upload: async (account, upload) => {
        const jobs = upload.id === undefined ? [] : await audiences.uploadJobs(account, upload.id);
        const isAgain = jobs.some(({ name }) => name === upload.file.name);
        return audiences.upload(account, isAgain ? { ...upload, action: 'REPLACE' } : upload);
      },
    })),
    breaks: ['membership', 'replace_after_add'],
    seed: 4,
    planOf: failedOften,
  },
  'takes a job that failed before for that of a chunk which it sent again': {
    plant: inAskingJournal((chunk) => ({ ...chunk, failedJobIds: [] })),
    breaks: ['journal'],
    seed: 4,
    planOf: failedOften,
  },
  'does not wait until LINE lists what earlier runs have just sent': {
    plant: inReads(() => ({ openUploads: async () => [] })),
    breaks: ['overlapping_upload'],
    seed: 69,
    planOf: listedLate,
  },

  // Limits

  'counts a REPLACE only while a run waits for its end': {
    plant: inReads((reads) => ({
      openReplaces: async (account) => (await reads.openReplaces(account)).filter(({ status }) => status === 'running'),
    })),
    breaks: ['replace_limit_exceeded'],
    seed: 3,
    planOf: replacedOften,
  },
  'waits a tenth too short for its next request': {
    plant: {
      places: (table) =>
        over(table, {
          take: async (...given) => {
            const taken = await table.take(...given);
            return taken && { ...taken, waitMs: taken.waitMs * 0.9 };
          },
        }),
    },
    breaks: ['rate_exceeded'],
    seed: 9,
  },
  'does not count its requests': {
    plant: { limits: (limits) => over(limits, { rate: () => ({ acquire: async () => () => {} }) }) },
    breaks: ['rate_exceeded'],
    seed: 9,
  },
};
