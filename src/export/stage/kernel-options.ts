/** What the kernel must know for an order, and how it refuses a stream. */
import type { KernelOptions } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { PhoneCountry } from '../../../packages/identifiers/src/phone.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { KernelOrder } from './kernel-runner.ts';

/**
 * The kernel's options for an order.
 * @throws {LineupError} `invalid_argument` for an unknown country
 */
export async function kernelOptions(order: KernelOrder): Promise<KernelOptions> {
  const { defaultCountry, presumedCountry } = order;
  return {
    ...plainOptions(order),
    ...(defaultCountry !== undefined && (await phonesOf(defaultCountry))),
    ...(presumedCountry !== undefined && (await presumedOf(presumedCountry))),
  };
}

/** The same without the numbers of the default country: enough to cut a stream. */
export const plainOptions = (order: KernelOrder): KernelOptions => ({
  type: order.identifierType,
  ifaFormat: order.ifaFormat,
  hashesInRawColumn: order.hashesInRawColumn,
  // Said with each stream.
  marked: false,
  hasLists: order.lists > 0,
  holdOut: order.holdOut,
  erased: order.erased,
  keepsLines: order.keepsLines,
  maxChunkRecords: order.maxChunkRecords,
  maxChunkBytes: order.maxChunkBytes,
});

export const tooLarge = (): LineupError =>
  new LineupError(
    'audience_too_large',
    sentence`The source has more members than one run can process (about 350 million). Split the source, and append the parts.`,
  );

export const malformed = (): LineupError =>
  new LineupError('internal', sentence`The source gave a value without its row.`);

let latest: { readonly country: string; readonly phones: PhoneCountry } | undefined;

async function phonesOf(country: string): Promise<PhoneCountry> {
  if (latest?.country === country) return latest.phones;
  // The tables take tens of milliseconds to load, and most runs do not need them.
  const { phonesIn } = await import('../../../packages/identifiers/src/phone.ts');
  try {
    latest = { country, phones: phonesIn(country) };
    return latest.phones;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LineupError(
      'invalid_argument',
      sentence`The default country ${country} has no phone numbers. Enter two letters such as JP, TW or TH.`,
    );
  }
}

/** A country without classes of numbers is not presumed: to ask about each number would take long. */
async function presumedOf(country: string): Promise<Pick<KernelOptions, 'presumedCountry'>> {
  const { toE164Digits, numberClasses } = await phonesOf(country);
  return numberClasses ? { presumedCountry: { toE164Digits, numberClasses } } : {};
}
