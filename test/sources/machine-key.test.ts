/** The credentials of the machine: what its services of credentials may answer, and when Lineup asks them again. */
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/sources/files/http/request.ts';
import { machineKey } from '../../src/sources/s3/machine-key.ts';
import { key } from './support/object-storage.ts';

/** A chain of credentials that gives these answers, one after another. */
const answering = (...answers: (Error | typeof key)[]) =>
  machineKey(true, async () => async () => {
    const next = answers.shift();
    if (!next || next instanceof Error) throw next;
    return next;
  });

const named = (name: string, more: object = {}) => Object.assign(new Error('secret text'), { name, ...more });
const none = named('CredentialsProviderError');

describe('the key of the machine', () => {
  it('is missing when none is found at the first call', async () => {
    const failure = await answering(none)().catch((error) => error);
    expect(failure).toMatchObject({ code: 'source_unauthorized', retryable: false });
    expect(JSON.stringify([failure, String(failure.cause)])).not.toContain('secret text');
  });

  it.each([
    ['a network error', named('Error', { code: 'ECONNRESET' })],
    ['a host that is down', named('Error', { code: 'EHOSTDOWN' })],
    ['an answer 503', named('Error', { $metadata: { httpStatusCode: 503 } })],
    ['a throttle', named('ThrottlingException', { $metadata: { httpStatusCode: 400 } })],
  ])('is asked for again after %s', async (_, error) => {
    await expect(answering(error)()).rejects.toBeInstanceOf(UnavailableError);
  });

  it('is asked for again when there was one before', async () => {
    const keyOf = answering(key, none, key);
    expect(await keyOf()).toEqual(key);
    await expect(keyOf()).rejects.toMatchObject({ code: 'source_failed', retryable: true });
    expect(await keyOf()).toEqual(key);
  });

  it('is not asked for when the operator does not allow it', async () => {
    await expect(machineKey(false, () => expect.unreachable())()).rejects.toMatchObject({
      code: 'invalid_configuration',
    });
  });
});
