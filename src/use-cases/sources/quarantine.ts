/**
 * The quarantine of sources. When the reader process of a source died, the service does not read that source again by
 * itself, because each attempt could end another process. A person may try, and a success ends the quarantine.
 */

import type { EventLog } from '../../contracts/event-log.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { system } from '../../domain/people/people.ts';
import { joinSentences, localized, moment, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { DeathCause } from '../../readers/death-report.ts';
import { ReaderDiedError } from '../../readers/pool/reader-process.ts';
import type { ReadObserver, SourceWork } from '../../readers/pool/remote-source.ts';
import { type Db, onCommit, type Tx, transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { getAuthorization } from '../../store/repositories/authorizations.ts';
import {
  findQuarantine,
  liftQuarantine,
  putIntoQuarantine,
  type QuarantineEntry,
  type QuarantineSubject,
} from '../../store/repositories/quarantine.ts';
import { violates } from '../../store/repositories/repository-errors.ts';
import { type HealthContext, keepHealth } from '../authorization-health.ts';

/** Who initiated a read: a person who waits or has just started a run, or the service itself. */
export type Initiator = 'person' | 'service';

/** The amount of reading. The success of more work also shows that less work is safe. */
const weight: Record<SourceWork, number> = { audiences: 0, verify: 0, latest: 0, fields: 1, preview: 2, scan: 3 };

export interface QuarantineOptions extends HealthContext {
  readonly db: Db;
  readonly log: EventLog;
}

export class Quarantine {
  readonly #options: QuarantineOptions;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  /**
   * Admits a read of the source, and observes how it ends.
   * @throws {LineupError} `source_quarantined`, unless a person initiated the read
   */
  async admit(subject: QuarantineSubject, by: Initiator): Promise<ReadObserver> {
    const held = await findQuarantine(this.#options.db, subject);
    if (held && by === 'service') throw inQuarantine(subject, held);
    let isHeld = held;
    let putting: Promise<LineupError> | undefined;
    return {
      explain: async (error, during) => {
        if (!(error instanceof ReaderDiedError)) return error;
        putting ??= this.#put(subject, { during, ...error.death, at: this.#options.now() });
        return putting;
      },
      worked: async (during) => {
        if (!isHeld || weight[during] < (weight[isHeld.during as SourceWork] ?? 0)) return;
        isHeld = undefined;
        await this.#lift(subject);
      },
    };
  }

  /** Explains an error of checking a new upload. The upload is not kept, so there is no quarantine. */
  explainUpload(error: unknown): unknown {
    if (!(error instanceof ReaderDiedError)) return error;
    const { cause, detail } = error.death;
    this.#options.log.record('reader.ended', { cause, detail, during: 'upload' });
    const advice = sentence`The file was deleted. Check its content before you upload it again.`;
    return new LineupError('source_crashed', joinSentences(causeOf(error.death), advice), { reason: detail });
  }

  /** Explains an error of a source with unsaved credentials. */
  explainUnsaved(error: unknown): unknown {
    if (!(error instanceof ReaderDiedError)) return error;
    const { cause, detail } = error.death;
    this.#options.log.record('reader.ended', { cause, detail, during: 'unsaved credentials' });
    return new LineupError('source_crashed', causeOf(error.death), { reason: detail });
  }

  async #put(subject: QuarantineSubject, entry: QuarantineEntry): Promise<LineupError> {
    const { db, now, log } = this.#options;
    const { during, cause, detail } = entry;
    const about = { authorization_id: subject.authorizationId, cause, detail, during };
    log.record('reader.ended', about);
    try {
      await transaction(db, async (tx) => {
        await putIntoQuarantine(tx, subject, entry);
        await this.#keepHealth(tx, subject, entry);
        await recordAudit(tx, system, audit('quarantine', subject, { during, cause, detail }), now());
        onCommit(tx, () => log.record('source.quarantined', about));
      });
    } catch (error) {
      // The authorization was deleted meanwhile, or the database is unreachable. In that case, the next death is stored
      // instead.
      if (!violates(error, 'foreign_key')) {
        log.record('source.quarantine_failed', { ...about, err: error });
      }
    }
    return new LineupError('source_crashed', joinSentences(causeOf(entry), adviceOn(subject)), {
      reason: detail,
    });
  }

  async #lift(subject: QuarantineSubject): Promise<void> {
    const { db, now, log } = this.#options;
    await transaction(db, async (tx) => {
      if (!(await liftQuarantine(tx, subject))) return;
      await recordAudit(tx, system, audit('release', subject, {}), now());
      onCommit(tx, () => log.record('source.released', { authorization_id: subject.authorizationId }));
    });
  }

  /** A death while connecting is stored as the health of the authorization. A verification stores its result itself. */
  async #keepHealth(tx: Tx, subject: QuarantineSubject, entry: QuarantineEntry): Promise<void> {
    const { authorizationId, audienceId } = subject;
    if (authorizationId === null || audienceId !== null || entry.during === 'verify') return;
    const { id, revision } = await getAuthorization(tx, authorizationId);
    const reason = localized(quarantineSentence(subject, entry));
    await keepHealth(this.#options, tx, { id, revision }, { health: 'unhealthy', reason });
  }
}

const audit = (verb: string, { authorizationId }: QuarantineSubject, detail: Record<string, unknown>) => ({
  action: `source.${verb}`,
  subjectType: 'source',
  subjectId: authorizationId ?? 'files',
  detail,
});

const inQuarantine = (subject: QuarantineSubject, entry: QuarantineEntry): LineupError =>
  new LineupError('source_quarantined', quarantineSentence(subject, entry), { reason: entry.detail });

const quarantineSentence = (subject: QuarantineSubject, entry: QuarantineEntry): Sentence =>
  joinSentences(
    sentence`This source has been in quarantine since ${moment(entry.at)}.`,
    causeOf(entry),
    adviceOn(subject),
  );

function causeOf({ cause, detail }: Pick<QuarantineEntry, 'cause' | 'detail'>): Sentence {
  switch (cause as DeathCause) {
    case 'memory':
      return sentence`Reading it needed more memory than one reader may use.`;
    case 'stuck':
      return sentence`Reading it did not end.`;
    case 'killed':
      return sentence`The system ended the reader (${detail}), probably because it had too little memory left.`;
    case 'fault':
      return sentence`Reading it caused an unexpected error (${detail}).`;
    case 'crash':
      return sentence`Reading it crashed the reader (${detail}).`;
  }
}

const adviceOn = ({ audienceId }: QuarantineSubject): Sentence =>
  audienceId === null
    ? sentence`Lineup no longer connects to this source automatically. Check the server, then verify the authorization to try again.`
    : sentence`Lineup no longer reads this source automatically. Check its content, then preview it or run its job to try again.`;
