/**
 * The kernel alone, on one thread: values in memory to lines in memory. Compared with the functions that it replaces:
 * `crypto.hash` on existing strings, and libphonenumber on one number after another. It measures processor time, not
 * wall time, because a busy machine disturbs it less. Lists in which a tenth of the addresses is unusual take turns
 * with a plain list, block by block, so that their ratio to it does not depend on the machine's load.
 *
 *     node benchmarks/kernel.ts [values, default 2,000,000]
 */
import { hash } from 'node:crypto';
import type { KernelOptions } from '../packages/identifiers/src/kernel/instance.ts';
import { KernelStatus } from '../packages/identifiers/src/kernel/kernel.ts';
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

/** Replaces a tenth of the addresses. */
const aTenth = (replace: (address: string, n: number) => string) => (from: number) =>
  addresses(from).map((address, n) => (n % 10 === 0 ? replace(address, n / 10) : address));

/** 56 to 115 bytes, in one case of five with a tag. */
const long = (address: string, n: number) =>
  `${'department.of.long.names.'.repeat(1 + (n % 3))}${n % 5 === 0 ? 'news+tag-' : ''}${address.replace('@', '@mail.')}`;

const accented = ['zoë', 'Søren', 'Žofie', 'สมชาย', '山田太郎', '佐藤.はなこ', 'タロウ', '김철수'];
const fullWidth = (ascii: string) =>
  ascii.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));

/** Names of several scripts, and in one case of four an address in full-width characters. */
const nonAscii = (address: string, n: number) =>
  n % 4 === 0 ? fullWidth(address) : `${accented[n % accented.length]}.${address}`;

/** Mobile numbers of Japan in the usual national form. */
function phones(from: number): string[] {
  return Array.from({ length: BLOCK }, (_, n) => {
    const number = String(((from + n) * 2_654_435_761) % 1_000_000_007).padStart(9, '0');
    return `0${7 + (n % 3)}0-${number.slice(1, 5)}-${number.slice(5)}`;
  });
}

type Work = (from: number) => () => void;

/** Millions of values a second of processor time, of several kinds of work that take turns. */
function rates(works: readonly Work[], values = VALUES): number[] {
  const spent = works.map(() => 0);
  for (let from = 0; from < values; from += BLOCK) {
    works.forEach((work, index) => {
      const block = work(from);
      const begun = process.cpuUsage();
      block();
      const { user, system } = process.cpuUsage(begun);
      spent[index]! += user + system;
    });
  }
  return spent.map((microseconds) => values / microseconds);
}

const rate = (work: Work, values = VALUES): number => rates([work], values)[0]!;

function kernelWork(streamOf: (from: number) => Buffer, options: Partial<KernelOptions> = {}): Work {
  const kernel = sharedKernel({
    type: 'email',
    ifaFormat: 'sha256',
    marked: false,
    maxChunkRecords: VALUES,
    maxChunkBytes: 65 * VALUES,
    ...options,
  });
  return (from) => {
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
  };
}

const kernelRate = (streamOf: (from: number) => Buffer, options?: Partial<KernelOptions>): number =>
  rate(kernelWork(streamOf, options));

const encode = (values: string[]) => Buffer.from(`${values.join('\n')}\n`);
const repeated = encode(addresses(0));
const nationalPhones = (from: number) => encode(phones(from));
const toE164Digits = e164DigitsIn('JP');

const results: Record<string, number> = {
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

for (const [name, millions] of Object.entries(results)) {
  process.stdout.write(`${name.padEnd(60)} ${millions.toFixed(2).padStart(6)} million values/s\n`);
}

const lists = {
  'a tenth over 55 bytes': aTenth(long),
  'a tenth non-ASCII': aTenth(nonAscii),
};
const [plain, ...mixed] = rates(
  [addresses, ...Object.values(lists)].map((list) => kernelWork((from) => encode(list(from)))),
);
Object.keys(lists).forEach((name, index) => {
  const millions = mixed[index]!;
  process.stdout.write(
    `${`kernel, ${name}`.padEnd(60)} ${millions.toFixed(2).padStart(6)} million values/s, ` +
      `${(millions / plain!).toFixed(2)} of a plain list\n`,
  );
});
