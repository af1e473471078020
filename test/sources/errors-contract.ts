/** Each source is brought into each of its errors, as src/domain/errors/source-errors.ts lists them. */
import { expect, test } from 'vitest';
import {
  type SourceError,
  type SourceErrorCode,
  type SourceName,
  sourceErrors,
} from '../../src/domain/errors/source-errors.ts';
import { networkGuard } from '../../src/network/guard.ts';
import type { Source } from '../../src/sources/source.ts';
import { readMembers } from './support/values.ts';

/**
 * The service itself makes these, whatever the source is. Their tests are in test/use-cases/quarantine.test.ts and
 * test/export.
 */
const ofService: readonly SourceErrorCode[] = ['source_changed', 'source_crashed', 'source_quarantined'];

export type Scenario = () => Promise<unknown>;
export type Scenarios = Partial<Record<SourceErrorCode, Scenario>>;

/** Every code that the source can have must be there, and no other one. */
export function errorsOf(name: SourceName, scenarios: Scenarios): void {
  const listed = Object.entries<SourceError>(sourceErrors).flatMap(([code, { sources }]) =>
    sources.includes(name) && !ofService.includes(code as SourceErrorCode) ? [code] : [],
  );
  test('are all here', () => expect(Object.keys(scenarios).sort()).toEqual(listed.sort()));
  for (const [code, scenario] of Object.entries(scenarios))
    test(code, async () => {
      const failure = await scenario().then(
        () => 'it works',
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code, message: expect.stringMatching(/^\S+ .*/s) });
    });
}

/** Reads a field from the opening to the end. */
export const read = async (opening: Promise<Source>, field = 'email'): Promise<unknown> =>
  readMembers(await (await opening).scan([field]));

/** A network in which nothing is allowed. */
export const guard = (port: number) => networkGuard({ allowed: [], port, purpose: 'source' });
