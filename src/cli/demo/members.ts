/**
 * A sample audience: invented members in four countries, with the errors of real exports. The same seed gives the same
 * file. Nobody can own its addresses and numbers (example domains, unassigned ranges).
 */

/** How many the sample has, unless somebody wants another number. */
export const MEMBERS = 250_000;

/** The columns of the sample file. */
export const memberColumns = ['member_id', 'country', 'tier', 'email', 'phone', 'advertising_id'] as const;

interface Country {
  readonly code: string;
  readonly callingCode: string;
  readonly domains: readonly string[];
  readonly names: readonly string[];
  /** Writes eight digits as a mobile number of the country, in national form. */
  readonly national: (digits: string) => string;
}

const countries: readonly Country[] = [
  {
    code: 'JP',
    callingCode: '81',
    domains: ['mail.example', 'example.com', 'shop.example'],
    names: ['hinata', 'haruto', 'yui', 'sakura', 'ren', 'aoi', 'sota', 'mei'],
    national: (d) => `090-0${d.slice(0, 3)}-${d.slice(3, 7)}`,
  },
  {
    code: 'TW',
    callingCode: '886',
    domains: ['example.com', 'example.net', 'post.example'],
    names: ['yating', 'chiahao', 'meiling', 'weilun', 'shufen', 'junjie', 'pinyu', 'tzuwei'],
    national: (d) => `0900-0${d.slice(0, 2)}-${d.slice(2, 5)}`,
  },
  {
    code: 'TH',
    callingCode: '66',
    domains: ['example.org', 'example.com', 'mail.example'],
    names: ['somchai', 'malee', 'anong', 'niran', 'kanya', 'arthit', 'pim', 'chai'],
    national: (d) => `080 00${d.slice(0, 1)} ${d.slice(1, 5)}`,
  },
  {
    code: 'ID',
    callingCode: '62',
    domains: ['example.com', 'surat.example', 'example.net'],
    names: ['budi', 'siti', 'agus', 'dewi', 'putri', 'rizky', 'wati', 'joko'],
    national: (d) => `0800-${d.slice(0, 4)}-${d.slice(4, 8)}`,
  },
];

/** The lines of a CSV file with `count` members, the header first, each with its line end. */
export function* memberLines(count: number, seed = 1): Generator<string> {
  const random = mulberry32(seed);
  yield `${memberColumns.join(',')}\n`;
  let previous = '';
  for (let n = 1; n <= count; n++) {
    // Some exports hold a member twice.
    if (previous !== '' && random() < 0.01) yield previous;
    else {
      previous = member(n, random);
      yield previous;
    }
  }
}

/** The same list some days later: the first members have left, and others have come at its end. */
export function* laterMemberLines(count: number, seed: number, left: number): Generator<string> {
  let n = 0;
  for (const line of memberLines(count, seed)) {
    if (n === 0 || n > left) yield line;
    n += 1;
  }
}

/** The lines of a CSV file with people who are friends of an official account. Nobody has these ids. */
export function* friendLines(count: number, seed = 4): Generator<string> {
  const random = mulberry32(seed);
  yield 'member_id,line_user_id\n';
  let previous = '';
  for (let n = 1; n <= count; n++) {
    const luck = random();
    // A member without an id, one who is there twice, and an id that was cut off.
    if (luck < 0.02) previous = '';
    else if (luck >= 0.03) previous = `U00000000${digits(24, random)}`;
    const id = luck < 0.035 && luck >= 0.03 ? previous.slice(0, 20) : previous;
    yield `M${String(n).padStart(7, '0')},${id}\n`;
  }
}

function member(n: number, random: () => number): string {
  const country = pick(countries, random);
  const tier = pick(['gold', 'silver', 'bronze'], random);
  const cells = [
    `M${String(n).padStart(7, '0')}`,
    country.code,
    tier,
    email(n, country, random),
    phone(country, random),
    advertisingId(random),
  ];
  return `${cells.map(cell).join(',')}\n`;
}

function email(n: number, country: Country, random: () => number): string {
  const name = pick(country.names, random);
  const address = `${name}${n}@${pick(country.domains, random)}`;
  const luck = random();
  if (luck < 0.03) return '';
  if (luck < 0.035)
    return pick(['n/a', 'unknown', `${name}@`, `${name}${n}.example.com`, `${name} ${n}@example.com`], random);
  if (luck < 0.1) return ` ${address}`;
  if (luck < 0.2)
    return `${name.charAt(0).toUpperCase()}${name.slice(1)}${n}@${pick(country.domains, random).toUpperCase()}`;
  return address;
}

function phone(country: Country, random: () => number): string {
  const national = country.national(String(Math.floor(random() * 1e8)).padStart(8, '0'));
  const luck = random();
  if (luck < 0.08) return '';
  if (luck < 0.09) return pick(['-', '12345', 'ask shop'], random);
  if (luck < 0.12) return national.replaceAll(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
  if (luck < 0.4) return national;
  return `+${country.callingCode} ${national.slice(1)}`;
}

function advertisingId(random: () => number): string {
  const luck = random();
  if (luck < 0.3) return '';
  if (luck < 0.4) return '00000000-0000-0000-0000-000000000000';
  const hex = digits(32, random);
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return random() < 0.5 ? id.toUpperCase() : id;
}

/** Hexadecimal digits. */
const digits = (count: number, random: () => number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!;

/** A small generator with a seed, so that the file is the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
