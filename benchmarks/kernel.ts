/**
 * The kernel alone, on one thread: values in memory to lines in memory. Compared with the functions that it replaces:
 * `crypto.hash` on existing strings, and libphonenumber on one number after another. It measures processor time, not
 * wall time, because a busy machine disturbs it less.
 *
 *     node benchmarks/kernel.ts [values, default 2,000,000]
 */
import { hash } from 'node:crypto';
import { type KernelOptions, KernelStatus } from '../packages/identifiers/src/kernel/kernel.ts';
import { sharedKernel } from '../packages/identifiers/src/kernel/module.ts';
import { e164DigitsIn } from '../packages/identifiers/src/phone.ts';
import { numberClassesIn } from '../packages/identifiers/src/phone-classes/number-classes.ts';

const VALUES = Number(process.argv[2] ?? 2_000_000);
const BLOCK = 50_000;

/** Values `from` to `from + BLOCK` of a stream of distinct addresses with about 27 bytes. */
function addresses(from: number): string[] {
  return Array.from({ length: BLOCK }, (_, n) => {
    const number = ((from + n) * 2_654_435_761) % 1_000_000_007;
    return `Member${number}@example${number % 97}.com`;
  });
}

/** Mobile numbers of Japan in the usual national form. */
function phones(from: number): string[] {
  return Array.from({ length: BLOCK }, (_, n) => {
    const number = String(((from + n) * 2_654_435_761) % 1_000_000_007).padStart(9, '0');
    return `0${7 + (n % 3)}0-${number.slice(1, 5)}-${number.slice(5)}`;
  });
}

/** Millions of values a second of processor time. */
function rate(work: (from: number) => () => void, values = VALUES): number {
  let spent = 0;
  for (let from = 0; from < values; from += BLOCK) {
    const block = work(from);
    const begun = process.cpuUsage();
    block();
    const { user, system } = process.cpuUsage(begun);
    spent += user + system;
  }
  return values / spent;
}

function kernelRate(streamOf: (from: number) => Buffer, options: Partial<KernelOptions> = {}): number {
  const kernel = sharedKernel({
    type: 'email',
    ifaFormat: 'sha256',
    marked: false,
    maxChunkRecords: VALUES,
    maxChunkBytes: 65 * VALUES,
    ...options,
  });
  return rate((from) => {
    const stream = streamOf(from);
    return () => {
      for (let at = 0; at < stream.length; ) {
        const room = kernel.input();
        const part = stream.subarray(at, at + Math.min(room.length, 1 << 18));
        room.set(part);
        at += part.length;
        kernel.take(part.length);
        while (kernel.run() !== KernelStatus.NeedsInput) kernel.writeTo(0);
      }
    };
  });
}

const encode = (values: string[]) => Buffer.from(`${values.join('\n')}\n`);
const repeated = encode(addresses(0));
const nationalPhones = (from: number) => encode(phones(from));
const toE164Digits = e164DigitsIn('JP');

const rates: Record<string, number> = {
  'crypto.hash, strings trimmed and lowered, hex strings out': rate((from) => {
    const values = addresses(from);
    return () => {
      for (const value of values) hash('sha256', value.trim().toLowerCase());
    };
  }),
  'kernel, the same values again and again': kernelRate(() => repeated),
  'kernel, all values different': kernelRate((from) => encode(addresses(from))),
  'phones in national form, libphonenumber and crypto.hash': rate((from) => {
    const values = phones(from);
    return () => {
      for (const value of values) hash('sha256', toE164Digits(value) ?? '');
    };
  }, VALUES / 10),
  'phones in national form, kernel': kernelRate(nationalPhones, {
    type: 'phone',
    toE164Digits,
    numberClasses: numberClassesIn('JP'),
  }),
  'phones in national form, kernel without a default country': kernelRate(nationalPhones, { type: 'phone' }),
};

for (const [name, millions] of Object.entries(rates)) {
  process.stdout.write(`${name.padEnd(60)} ${millions.toFixed(2).padStart(6)} million values/s\n`);
}
