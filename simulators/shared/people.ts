/**
 * Invented people, with values as untidy as in real profiles. Person `n` is always the same and is computed
 * when needed, so an audience of millions needs no memory. Nobody can own any of the addresses and numbers
 * (example domains, unassigned ranges).
 */
import { createHash } from 'node:crypto';

export interface Person {
  readonly number: number;
  readonly name: string;
  readonly email: string | undefined;
  readonly emails: readonly string[];
  readonly phone: string | undefined;
  readonly phones: readonly string[];
  readonly idfa: string | undefined;
  readonly gaid: string | undefined;
  /** The hex SHA-256 of the e-mail address. Computed only when it is needed. */
  readonly emailSha256: string | undefined;
  readonly visits: number;
}

interface Country {
  readonly calling: string;
  readonly domains: readonly string[];
  readonly names: readonly string[];
  /** Makes a mobile number in national form from eight digits. */
  readonly national: (digits: string) => string;
}

const countries: readonly Country[] = [
  {
    calling: '81',
    domains: ['example.jp', 'mail.example', 'example.com'],
    names: ['hinata', 'yui', 'sakura', 'ren', 'aoi', 'mei'],
    national: (d) => `090-0${d.slice(0, 3)}-${d.slice(3, 7)}`,
  },
  {
    calling: '886',
    domains: ['example.com', 'post.example'],
    names: ['yating', 'meiling', 'weilun', 'pinyu'],
    national: (d) => `0900-0${d.slice(0, 2)}-${d.slice(2, 5)}`,
  },
  {
    calling: '66',
    domains: ['example.org', 'mail.example'],
    names: ['somchai', 'malee', 'anong', 'kanya'],
    national: (d) => `080 00${d.slice(0, 1)} ${d.slice(1, 5)}`,
  },
  {
    calling: '62',
    domains: ['example.net', 'surat.example'],
    names: ['budi', 'siti', 'dewi', 'joko'],
    national: (d) => `0800-${d.slice(0, 4)}-${d.slice(4, 8)}`,
  },
];

export function person(number: number): Person {
  const random = randomOf(number);
  const country = pick(countries, random);
  const name = pick(country.names, random);
  const address = `${name}${number}@${pick(country.domains, random)}`;
  const email = written(address, random);
  const second = `${name}.${number}@work.example`;
  const mobile = country.national(String(Math.floor(random() * 1e8)).padStart(8, '0'));
  const abroad = `+${country.calling} ${mobile.slice(1)}`;
  const hasPhone = random() < 0.9;
  const device = random();
  return {
    number,
    name,
    email,
    emails: email === undefined ? [] : random() < 0.2 ? [email, second] : [email],
    phone: hasPhone ? (random() < 0.4 ? mobile : abroad) : undefined,
    phones: hasPhone ? [abroad] : [],
    idfa: device < 0.3 ? deviceId(random).toUpperCase() : device < 0.35 ? noDevice : undefined,
    gaid: device > 0.6 ? deviceId(random) : undefined,
    get emailSha256() {
      return email === undefined ? undefined : createHash('sha256').update(email.trim().toLowerCase()).digest('hex');
    },
    visits: Math.floor(random() * 40),
  };
}

/** The id of people who opted out of tracking. */
const noDevice = '00000000-0000-0000-0000-000000000000';

/** The address as a person once typed it. Some people never gave one. */
function written(address: string, random: () => number): string | undefined {
  const luck = random();
  if (luck < 0.03) return undefined;
  if (luck < 0.035) return pick(['n/a', 'unknown', address.replace('@', ' at ')], random);
  if (luck < 0.08) return `${address} `;
  if (luck < 0.15) return address.toUpperCase();
  return address;
}

function deviceId(random: () => number): string {
  let hex = '';
  for (let digit = 0; digit < 32; digit += 1) hex += Math.floor(random() * 16).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!;

/**
 * Numbers from 0 up to 1 that depend only on the person's number (the finalizer of MurmurHash3 over a
 * counter).
 */
function randomOf(number: number): () => number {
  let counter = Math.imul(number, 0x9e3779b1);
  return () => {
    counter = (counter + 0x85ebca6b) | 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
