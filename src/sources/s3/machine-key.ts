/** The access key of the machine: of its environment, its profile, or its role (web identity, container, instance). */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { machineRefused } from '../authority.ts';
import type { AccessKey } from '../object-storage/signature.ts';

/**
 * Asked for each request. The library keeps a key until it expires.
 * @param allowed whether the operator allows it
 */
export function machineKey(allowed: boolean): () => Promise<AccessKey> {
  let chain: (() => Promise<AccessKey>) | undefined;
  return async () => {
    if (!allowed) throw machineRefused();
    // Loaded only when it is used: it is large.
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    chain ??= defaultProvider();
    // No cause: the library quotes files and answers.
    return chain().catch(() => {
      throw new LineupError(
        'source_unauthorized',
        sentence`Lineup finds no credentials for S3 on this machine. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, set up a profile, or give the machine access in IAM.`,
      );
    });
  };
}
