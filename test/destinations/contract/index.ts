/**
 * What every destination must do, against its simulator over HTTP. A provider gives a kit: its simulator, whose faults
 * have the same names for all, and what only it knows.
 */
import { describe } from 'vitest';
import type { DestinationTraits } from '../../../src/domain/destinations/traits.ts';
import type { Kit } from '../kit.ts';
import { describeAudiences } from './audiences.ts';
import { givenOf } from './given.ts';
import { describeRequests } from './requests.ts';
import { describeStopping } from './stopping.ts';
import { describeUploads } from './uploads.ts';

/**
 * @param kitOf makes a new kit, whose simulator ends with the test
 * @param hasTokens whether the destination asks for tokens that expire
 */
export function describeDestination(
  name: string,
  traits: DestinationTraits,
  kitOf: () => Promise<Kit>,
  { hasTokens = false } = {},
): void {
  describe(name, () => {
    const given = givenOf(traits, kitOf);
    describeRequests(given, hasTokens);
    describeUploads(given);
    describeAudiences(given);
    describeStopping(given);
  });
}
