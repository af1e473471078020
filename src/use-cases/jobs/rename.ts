/**
 * Renames the audience at LINE together with its job. LINE goes first: if LINE refuses the name, nothing is saved. If saving fails
 * afterwards, the old name is restored. If that fails too, the job still has its audience, because it stores the audience's id.
 */
import { type LineAdsClient, LineAdsError } from '../../../packages/line-ads/src/index.ts';
import type { AdAccountRef } from '../../contracts/custom-audiences.ts';
import { LineupError } from '../../contracts/errors.ts';
import { wrongValue } from '../../contracts/localized.ts';
import type { Actor } from '../../contracts/people.ts';
import { sentence, sentenceOf, together } from '../../contracts/sentence.ts';
import { findAudience } from '../../export/audience.ts';
import { explainLineFailure } from '../../export/line-failure.ts';
import type { Tx } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import type { UseCaseDeps } from '../deps.ts';
import { interactive, lineAdsWith, lineCall } from '../line-ads.ts';

interface Renamed {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Restores the name: the one that a concurrent edit saved, else the old one. Never fails. */
  undo(name: string | null): Promise<void>;
}

/**
 * @returns null when the audience already has the name
 * @throws {LineupError} `invalid_argument` when LINE refuses the name; `line_*` when LINE does not answer
 */
export async function renameAudience(
  { lineAds, log }: UseCaseDeps,
  account: AdAccountRef,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<Renamed | null> {
  const client = await lineAdsWith(lineAds, account.authorization_id, interactive);
  const before = await lineCall(() => findAudience(client, account.adaccount_id, id));
  if (!before || before.name === name) return null;
  await rename(client, account.adaccount_id, id, name);
  return {
    id,
    from: before.name,
    to: name,
    undo: async (ofJob) => {
      const back = ofJob ?? before.name;
      // The editor must see the error of saving, so this one is only logged.
      await client.customAudiences
        .rename(account.adaccount_id, id, back)
        .catch((error: unknown) => log.record('audience.rename_kept', { audience_id: id, err: error }));
    },
  };
}

/** When the answer is lost, a look at the audience shows whether LINE renamed it. */
async function rename(client: LineAdsClient, account: string, id: string, name: string): Promise<void> {
  try {
    await client.customAudiences.rename(account, id, name);
  } catch (error) {
    const explained = explainLineFailure(error);
    if (!(error instanceof LineAdsError && explained instanceof LineupError)) throw explained;
    if (error.code !== 'bad_request') {
      // If this fails too, the first error is reported.
      const now = await findAudience(client, account, id).catch(() => undefined);
      if (now?.name === name) return;
      throw explained;
    }
    throw wrongValue(
      'configuration.audience_name',
      together(sentence`LINE did not rename the audience, so nothing was saved.`, sentenceOf(explained)),
    );
  }
}

/** In the transaction that saves the job. */
export const auditRename = (
  tx: Tx,
  actor: Actor,
  { adaccount_id }: AdAccountRef,
  { id, from, to }: Renamed,
  now: Date,
): Promise<void> =>
  recordAudit(
    tx,
    actor,
    {
      action: 'custom_audience.rename',
      subjectType: 'custom_audience',
      subjectId: id,
      detail: { adaccount_id, from, to },
    },
    now,
  );
