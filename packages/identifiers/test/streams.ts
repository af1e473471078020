/** Streams of values for tests: near the limits of the rules, or any bytes. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { e164DigitsIn } from '../src/phone.ts';
import { numberClassesIn } from '../src/phone-classes/number-classes.ts';
import { invisible, keyedHash, type List, personOf, record, runModel, whiteSpace } from './support.ts';

export const phonesOf = (country: string) => {
  const toE164Digits = e164DigitsIn(country);
  return [{ toE164Digits }, { toE164Digits, numberClasses: numberClassesIn(country) }];
};
const presumed = (country: string): Partial<KernelOptions> => ({
  presumedCountry: { toE164Digits: e164DigitsIn(country), numberClasses: numberClassesIn(country)! },
});
const country = fc.constantFrom<Partial<KernelOptions>>(
  {},
  ...phonesOf('JP'),
  ...phonesOf('ID'),
  ...phonesOf('SG'),
  presumed('JP'),
  presumed('SG'),
);

export const options: fc.Arbitrary<KernelOptions> = fc
  .record({
    type: fc.constantFrom('email', 'phone', 'ifa', 'line_user_id'),
    ifaFormat: fc.constantFrom('sha256', 'raw'),
    hashesInRawColumn: fc.boolean(),
    marked: fc.boolean(),
    maxChunkRecords: fc.constantFrom(1, 3, 1_000_000),
    maxChunkBytes: fc.constantFrom(65, 150, 60_000_000),
  })
  .chain((chosen) => country.map((phones) => ({ ...chosen, ...phones })));

const digit = fc.constantFrom(...'0123456789');
const hexDigit = fc.constantFrom(...'0123456789abcdefABCDEF');
const text = (unit: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc.string({ unit, minLength, maxLength });

/** Few and short, so that values repeat and are near the limits of the rules. */
const local = text(fc.constantFrom(...'abAB.@+"\'\\ ,:é𝒶ａ＠\u0130\u0000\u007f\u3000\u00ad'), 0, 6);
const domain = text(fc.constantFrom(...'xyXY..@-19é．ﬁ'), 0, 6);
/** Each ASCII character, and some others, in an otherwise valid address. */
const withOneMore = fc
  .tuple(fc.nat(0xff), fc.constantFrom('', 'taro'), fc.constantFrom('@x.y', '@x.yz', '@x.4', '@x.y4'))
  .map(([code, before, after]) => `${before}${String.fromCharCode(code)}${after}`);
const scheme = fc.constantFrom('', '', '', 'mailto:', 'MailTo:', 'mailto: ', 'ｍailto：', 'mailto:mailto:', 'mail:');
const email = fc
  .tuple(
    scheme,
    fc.oneof(
      fc.tuple(local, domain).map(([name, host]) => `${name}@${host}`),
      withOneMore,
    ),
  )
  .map((parts) => parts.join(''));
/** Near the lengths where the kernel changes its method: a block of SHA-256, a window, the limit. */
const longEmail = fc
  .tuple(
    scheme,
    fc.constantFrom(48, 55, 56, 57, 62, 63, 64, 65, 66, 118, 119, 120, 121, 130),
    // More or fewer code points, and more or fewer bytes, after the normalisation.
    fc.constantFrom(
      'a',
      'B',
      'é',
      ' ',
      'e\u0301',
      'ﬁ',
      '㎢',
      '\u200b',
      '\u1100\u1161',
      '１',
      '<',
      'あ',
      'か\u3099',
      'ｶﾞ',
      'Σ',
      '\u023a',
      '𝒶',
    ),
  )
  .map(([before, length, filler]) => `${before}${'x'.repeat(length - 7)}${filler}@e.com`);

const phonePart = fc.oneof(
  { weight: 8, arbitrary: digit },
  { weight: 2, arbitrary: fc.constantFrom(...'+-() .,eE') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('(0)', '.0', '.00', 'E+1', '+81', '81', '０', '９', '①', '½', '٣', 'ー'),
  },
);
const phone = fc.array(phonePart, { maxLength: 20 }).map((parts) => parts.join(''));
const nationalPhone = fc
  .tuple(fc.constantFrom('090', '90', '8190', '+8190', '00336', '9'), text(digit, 7, 8))
  .map((parts) => parts.join(''));
const damagedPhone = fc
  .tuple(
    fc.constantFrom('', '', '+', '-', 'tel:'),
    text(fc.constantFrom(...'0189'), 0, 13),
    fc.constantFrom('', '.', ',', '. '),
    text(fc.constantFrom(...'012'), 0, 6),
    fc.constantFrom('', 'E+11', 'e11', 'E-3', 'E', 'E+', 'E+11 ', '.0', '0'),
  )
  .map((parts) => parts.join(''));
const trunkZero = fc
  .tuple(
    fc.constantFrom('', '+', '+', '(+', 'tel:+', '12+'),
    text(fc.constantFrom(...'81 '), 0, 3),
    fc.constantFrom('', '-', ' ', ' (', '()', '(0'),
    fc.constantFrom('(0)', '(0)', '( 0)', '(00)', '(0)(0)', '(0'),
    text(fc.constantFrom(...'0129- '), 0, 12),
  )
  .map((parts) => parts.join(''));
const repeatedDigit = fc
  .tuple(digit, fc.integer({ min: 1, max: 62 }), fc.constantFrom('', '-', '0', '1', '.0'))
  .map(([piece, times, end]) => piece.repeat(times) + end);
const anyPhone = fc
  .tuple(fc.oneof(phone, nationalPhone, damagedPhone, trunkZero, repeatedDigit), fc.nat(9))
  .map(([number, width]) => (width === 0 ? fullWidth(number) : number));
const fullWidth = (ascii: string) =>
  ascii.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));

const hash = fc.oneof(
  text(hexDigit, 63, 65),
  fc.nat(3).map((n) => n.toString(16).padStart(64, '0')),
  fc.constantFrom(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
  ),
);
const ifa = fc
  .tuple(text(fc.constantFrom(...'0aAfF'), 8, 8), fc.constantFrom('-', '-', '_'), text(hexDigit, 12, 12))
  .map(([head, dash, tail]) => `${head}-0000-0000${dash}0000-${tail}`);
/** Few ids, each as it is and as its hash, in both cases. */
const sameIfa = fc.tuple(fc.nat(3), fc.boolean(), fc.boolean()).map(([n, isHash, isUpper]) => {
  const id = `aebe52e7-03ee-455a-b3c4-00000000000${n}`;
  const form = isHash ? createHash('sha256').update(id).digest('hex') : id;
  return isUpper ? form.toUpperCase() : form;
});
/** Mostly one place away from an id, so that most are refused, and few different ones, so that they repeat. */
const lineUserId = fc
  .tuple(
    fc.constantFrom('U', 'U', 'U', 'U', 'u', 'C', 'R', 'Ｕ', '@'),
    text(fc.constantFrom(...'0f'), 2, 2),
    fc.nat(40),
  )
  .chain(([letter, start, place]) => {
    const id = letter + start + 'a9'.repeat(15);
    const other = fc.constantFrom('', '', 'A', 'F', 'g', '１', '/', ':', '`', '-', '"', '0a', '\u00e0');
    return fc
      .tuple(fc.constantFrom(0, 0, 1), other)
      .map(([taken, character]) => id.slice(0, place) + character + id.slice(place + taken));
  });
/** Few ids, each as it is and as its hash. */
const sameLineUserId = fc.tuple(fc.nat(3), fc.boolean()).map(([n, isHash]) => {
  const id = `U${'7b'.repeat(15)}0${n}`;
  return isHash ? createHash('sha256').update(id).digest('hex') : id;
});
const optedOut = fc.constant('00000000-0000-0000-0000-000000000000');
const space = text(fc.constantFrom(...whiteSpace, ...invisible), 0, 2);
/** Any code units, including lone surrogates. */
const codeUnits = fc
  .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 8 })
  .map((units) => String.fromCharCode(...units));
/** At any position in a value. Most are empty. */
const intruder = fc.oneof(
  { weight: 6, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 2, arbitrary: fc.constantFrom(...invisible).map((character) => Buffer.from(character)) },
  // Mostly invalid UTF-8: half a character, a surrogate, a byte that never occurs.
  {
    weight: 1,
    arbitrary: fc.constantFrom([0xe2, 0x80], [0x8b], [0xed, 0xa0, 0x80], [0xff]).map((all) => Buffer.from(all)),
  },
);

export const written = {
  email: fc.oneof(email, longEmail),
  phone: anyPhone,
  ifa: fc.oneof(ifa, sameIfa, optedOut),
  line_user_id: fc.oneof(lineUserId, sameLineUserId),
} as const;

/** Mostly of the requested type. */
const valueFor = (type: KernelOptions['type']): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
    {
      weight: 9,
      arbitrary: fc
        .tuple(
          space,
          fc.oneof(
            { weight: 8, arbitrary: written[type] },
            { weight: 3, arbitrary: fc.oneof(...Object.values(written), hash, codeUnits) },
          ),
          space,
          intruder,
          fc.nat(200),
        )
        .map(([before, inserted, after, intruded, place]) => {
          const whole = Buffer.from(before + inserted + after);
          const at = place % (whole.length + 1);
          return Buffer.concat([whole.subarray(0, at), intruded, whole.subarray(at)]);
        }),
    },
  );

/** A well-formed stream. Each record ends with LF or CRLF, and the last one possibly with neither. */
export function streamOf({ marked, type }: Pick<KernelOptions, 'marked' | 'type'>): fc.Arbitrary<Buffer> {
  const value = fc
    .tuple(valueFor(type), fc.boolean(), fc.boolean(), fc.constantFrom('+', '+', '.'))
    .map(([content, quote, cr, mark]) => {
      const bytes = marked ? Buffer.concat([Buffer.from(mark), content]) : content;
      const encoded = record(bytes, quote);
      return cr ? Buffer.concat([encoded.subarray(0, -1), Buffer.from('\r\n')]) : encoded;
    });
  return fc.tuple(fc.array(value, { maxLength: 40 }), fc.boolean()).map(([all, cutLast]) => {
    const stream = Buffer.concat(all);
    return cutLast ? stream.subarray(0, -1) : stream;
  });
}

/** Any bytes, with many that matter for splitting into records. */
export const hostileStream = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(...'""""\n\n\r,+.a@0 ').map((character) => character.charCodeAt(0)),
      },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
    { maxLength: 300 },
  )
  .map((all) => Buffer.from(all));

export const splits = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 });

/** Splits a stream into blocks of the given sizes, repeatedly. */
export function split(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    blocks.push(stream.subarray(at, at + size));
    at += size;
  }
  return blocks;
}

/** Lists of people who must be left out, and an audience that has some of them. */
export const withLists = (
  chosen: Pick<KernelOptions, 'marked' | 'type'>,
): fc.Arbitrary<{ lists: List[]; stream: Buffer }> => {
  const listOf = fc.boolean().chain((marked) => streamOf({ ...chosen, marked }).map((stream) => ({ marked, stream })));
  return fc.tuple(streamOf(chosen), streamOf(chosen), fc.array(listOf, { maxLength: 2 })).map(([a, b, lists]) => {
    const [common, own] = [ended(a), ended(b)];
    return {
      lists: lists.length === 0 ? [] : [...lists, { marked: chosen.marked, stream: common }],
      stream: Buffer.concat([common, own, common]),
    };
  });
};

/** The stream with a line break at its end. An open quote may still take what follows into its value. */
const ended = (stream: Buffer): Buffer =>
  stream.length === 0 || stream.at(-1) === 0x0a ? stream : Buffer.concat([stream, Buffer.from('\n')]);

/** Up to a half of all members. */
export const holdOuts: fc.Arbitrary<KernelOptions['holdOut']> = fc.option(
  fc.record({
    experiment: fc.constantFrom('spring', 'A', 'x'.repeat(40)),
    below: fc.constantFrom(0, 2 ** 29, 2 ** 31, 2 ** 32 - 1),
  }),
  { nil: undefined },
);

/** Some members of the stream, and somebody else. */
export const erasedOf = (chosen: KernelOptions, stream: Uint8Array): fc.Arbitrary<KernelOptions['erased']> => {
  const lines = runModel(chosen, stream).lines.map(personOf);
  const someone = createHash('sha256').update('someone').digest('hex');
  return fc.option(
    fc
      .record({
        key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        people: fc.subarray([...lines, someone]),
      })
      .map(({ key, people }) => ({
        key,
        hashes: Buffer.concat(people.map((person) => keyedHash(key, chosen.type, person))),
      })),
    { nil: undefined },
  );
};
