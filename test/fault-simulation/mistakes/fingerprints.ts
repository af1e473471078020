/** Small, realistic mistakes with fingerprints of members, which tell who joins an audience and who leaves it. */
import type { ComparedDelivery, FingerprintFiles, FingerprintRow } from '../../../src/contracts/fingerprints.ts';
import type { RunState } from '../../../src/domain/runs/run-state.ts';
import { countedOften, type Mistake } from '../find.ts';
import { over } from '../planting.ts';

/** Keeps those of each run as soon as they are written, also of one that then sends nothing of them. */
function keepingLast(files: FingerprintFiles): FingerprintFiles {
  const kept = new Map<string, FingerprintRow & { readonly bytes: Uint8Array; readonly run: RunState }>();
  const keyOf = ({ audienceId, request }: ComparedDelivery) => `${audienceId} ${request.field}`;
  return {
    key: () => files.key(),
    earlier: async (delivery) => {
      const last = kept.get(keyOf(delivery));
      return (
        last && {
          ...last,
          read: async function* () {
            yield last.bytes;
          },
        }
      );
    },
    write: async (delivery, row, blocks) => {
      const parts: Uint8Array[] = [];
      const copied = async function* () {
        for await (const block of blocks) {
          parts.push(block.slice());
          yield block;
        }
      };
      const keep = await files.write(delivery, row, copied());
      return async () => {
        await keep();
        kept.set(keyOf(delivery), { ...row, run: delivery, bytes: Buffer.concat(parts) });
      };
    },
  };
}

export const fingerprintMistakes: Record<string, Mistake> = {
  'compares with a run that has not filled the audience': {
    plant: { fingerprints: (all) => ({ ...all, files: keepingLast(all.files) }) },
    breaks: ['turnover'],
    seed: 6,
    planOf: countedOften,
  },
  'takes a damaged file for one that ends there': {
    plant: {
      fingerprints: (all) => {
        const earlier: FingerprintFiles['earlier'] = async (delivery) => {
          const found = await all.files.earlier(delivery);
          const read = async function* () {
            try {
              yield* found!.read();
            } catch {
              // Nobody is told.
            }
          };
          return found && { ...found, read };
        };
        return { ...all, files: over(all.files, { earlier }) };
      },
    },
    breaks: ['turnover'],
    seed: 6,
    planOf: countedOften,
  },
  'leaves the files of deleted jobs': {
    plant: { fingerprints: (all) => ({ ...all, tidy: async () => {} }) },
    breaks: ['fingerprints'],
    seed: 3,
    planOf: countedOften,
  },
};
