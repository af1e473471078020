/** Invented people, keys, authorizations and jobs, for tests on the database. */
import { randomBytes } from 'node:crypto';
import { type NewJob, newJob } from '../../src/contracts/jobs.ts';
import type { Actor, Caller, Role } from '../../src/domain/people/people.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import type { Db } from '../../src/store/database/database.ts';
import { createAuthorization } from '../../src/store/repositories/authorizations.ts';
import type { SecretBox } from '../../src/store/secrets/secret-box.ts';
import { openSecrets } from '../../src/store/secrets/secrets.ts';

export const aiko: Actor = { id: 'user-1', name: 'Aiko Tanaka' };
/** Aiko with a role. */
export const aikoAs = (role: Role): Caller => ({ ...aiko, role });
export const at = (minutes: number): Date => new Date(Date.UTC(2026, 2, 2) + minutes * 60_000);

/** The key that signs requests to LINE. It must not appear anywhere. */
export const SECRET_KEY = 'an-invented-secret-key-of-LINE';

export const newKey = (): string => randomBytes(32).toString('base64');

export const openBox = (db: Db, keys = newKey()): Promise<SecretBox> =>
  openSecrets(db, { value: new Secret(keys), dataDirectory: '', now: at(0), mayMakeKey: false });

export const anAuthorization = (db: Db, box: SecretBox, label = 'Main account') =>
  createAuthorization(
    db,
    box,
    {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label,
      description: '',
      configuration: { access_key: 'an-access-key', secret_key: SECRET_KEY },
    },
    aiko,
    at(0),
  );

/**
 * A time of day in Tokyo that is half a day away from now. A job with a fixed time of day would start a run
 * of its schedule in the middle of a test, when the test runs near that time or moves the clock over it.
 */
export const quietTime = (now = new Date()): string =>
  `${String((now.getUTCHours() + 9 + 12) % 24).padStart(2, '0')}:00`;

/** A daily job that creates its audience, as the API would have parsed it. */
export const aNewJob = (authorizationId: string, configuration: Record<string, unknown> = {}): NewJob =>
  newJob.parse({
    name: 'VIP customers',
    authorization_id: authorizationId,
    configuration: {
      segment_id: 'vip',
      adaccount_id: 'A1',
      audience_name: 'VIP',
      identifier_type: 'email',
      run_frequency: 'daily',
      time_of_day: quietTime(),
      timezone: 'Asia/Tokyo',
      ...configuration,
    },
  });
