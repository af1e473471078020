/** Small, realistic mistakes of split jobs, which give each audience the members of one value. */
import type { DomainEvent } from '../../../src/contracts/domain-events.ts';
import type { JobTransaction, StoredJob } from '../../../src/contracts/job-store.ts';
import { segmentOfUpload } from '../../../src/domain/files/file-names.ts';
import type { PartFile } from '../../../src/use-cases/split/files.ts';
import { type Mistake, refusedOften, splitOften } from '../find.ts';
import { inTransactions, over } from '../planting.ts';

/** @param mistake changes the text of a block; `others` are the files that the run has made before this one */
const inBlocks = (mistake: (text: string, others: readonly PartFile[]) => Promise<string> | string): Mistake => ({
  plant: {
    partFiles: (files) => {
      const made: PartFile[] = [];
      return {
        ...files,
        create: async () => {
          const file = await files.create();
          const others = [...made];
          made.push(file);
          return {
            ...file,
            write: async (bytes) => {
              const text = await mistake(Buffer.from(bytes).toString(), others);
              await file.write(Buffer.from(text));
            },
          };
        },
      };
    },
  },
  breaks: ['split'],
  seed: 1,
  planOf: splitOften,
});

type ValuesChanged = Extract<DomainEvent, { type: 'values_changed' }>;

/** @param mistake is made with each part whose value has vanished, after that was told */
const onVanished = (mistake: (tx: JobTransaction, part: StoredJob, event: ValuesChanged) => Promise<unknown>) =>
  inTransactions((tx) => {
    const parts: StoredJob[] = [];
    return {
      lockParts: async (jobId) => {
        parts.push(...(await tx.lockParts(jobId)));
        return parts;
      },
      publish: async (event) => {
        await tx.publish(event);
        if (event.type !== 'values_changed') return;
        for (const job of parts) if (event.vanished.includes(job.part?.value ?? '')) await mistake(tx, job, event);
      },
    };
  });

/** The lines of a text, each with its end. */
const linesOf = (text: string): string[] => text.split(/(?<=\n)/);

export const splitMistakes: Record<string, Mistake> = {
  'gives a part the file of another value': {
    plant: inTransactions((tx) => {
      let other: string | undefined;
      return {
        pointPart: (id, configuration, ...given) => {
          const segment_id = other ?? configuration.segment_id;
          other = configuration.segment_id;
          return tx.pointPart(id, { ...configuration, segment_id }, ...given);
        },
      };
    }),
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'loses the last bytes of a part': inBlocks((text) => linesOf(text).slice(0, -1).join('')),
  'gives a member to no value': inBlocks((text) => linesOf(text).toSpliced(1, 1).join('')),
  'gives a member to two values': inBlocks(async (text, others) => {
    await others[0]?.write(Buffer.from(linesOf(text).at(-1)!));
    return text;
  }),
  'runs a part with the file of an earlier scan': {
    plant: {
      store: (store) => {
        const files = new Map<string, string>();
        return over(store, {
          transaction: (work) =>
            store.transaction((tx) => {
              const getJob = async (id: string): Promise<StoredJob> => {
                const job = await tx.getJob(id);
                if (!job.part) return job;
                const segment_id = files.get(id) ?? job.configuration.segment_id;
                files.set(id, segment_id);
                return { ...job, configuration: { ...job.configuration, segment_id } };
              };
              return work(over(tx, { getJob }));
            }),
        });
      },
    },
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'gives its parts away one after another': {
    plant: {
      store: (store) =>
        over(store, {
          transaction: async (work) => {
            const left: (() => Promise<void>)[] = [];
            const result = await store.transaction((tx) =>
              work(
                over(tx, {
                  pointPart: async (...given) => {
                    left.push(() => store.transaction((other) => other.pointPart(...given)));
                  },
                }),
              ),
            );
            for (const give of left) await give();
            return result;
          },
        }),
    },
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'gives its parts away before its run has ended': {
    plant: {
      store: (store) =>
        over(store, {
          transaction: async (work) => {
            let end: (() => Promise<void>) | undefined;
            const result = await store.transaction((tx) =>
              work(
                over(tx, {
                  addRunEvent: async (...entry) => {
                    const [, , event, { request }] = entry;
                    if (event.type !== 'ended' || !request.split) return tx.addRunEvent(...entry);
                    end = () => store.transaction((other) => other.addRunEvent(...entry));
                  },
                }),
              ),
            );
            await end?.();
            return result;
          },
        }),
    },
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'empties the part of a value that has vanished': {
    plant: (() => {
      let empty = '';
      return {
        partFiles: (files) =>
          over(files, {
            keep: async () => {
              const file = await files.create();
              await file.write(Buffer.from('"value"\n'));
              empty = file.id;
              await files.keep();
            },
          }),
        ...onVanished(async (tx, { id, configuration }, { runId, at }) => {
          const emptied = { ...configuration, segment_id: segmentOfUpload(empty) };
          await tx.pointPart(id, emptied, runId ?? '', new Date(at));
        }),
      };
    })(),
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'deletes the part of a value that has vanished': {
    plant: onVanished((tx, { id }) => tx.deleteJob(id)),
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'does not tell that a value has vanished': {
    plant: inTransactions((tx) => ({
      recordTransition: async (entry, now) => {
        if (entry.action !== 'part_vanished') await tx.recordTransition(entry, now);
      },
    })),
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'gives parts their members although one refusal stops all': {
    plant: {
      execution: (execution) => {
        const { configuration } = execution.job;
        const split = configuration.split && { ...configuration.split, on_refusal: 'one' as const };
        return { ...execution, job: { ...execution.job, configuration: { ...configuration, split } } };
      },
    },
    breaks: ['split'],
    seed: 1,
    planOf: refusedOften,
  },
};
