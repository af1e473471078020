/** The audiences of the account, and their members during scans. */
import { createHash } from 'node:crypto';
import { person } from '../shared/people.ts';
import { type Entity, entityOf } from './fields.ts';

/** An audience at the start. */
export interface SegmentSpec {
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
  /** The number of invented people, counted from 1, or the profiles themselves. */
  readonly members: number | readonly Entity[];
  /** Why it cannot be used. Such an audience is not in the list of valid ones. */
  readonly invalidReason?: string;
  readonly table?: string;
  readonly kind?: string;
  readonly tags?: readonly string[];
  /** Lytics has not counted it, so it has no size. */
  readonly uncounted?: boolean;
}

/** @param members the size of the largest one */
export function sampleSegments(members: number): readonly SegmentSpec[] {
  return [
    {
      slug: 'all_members',
      name: 'All members',
      description: 'Everybody with an account',
      members,
      tags: ['crm'],
    },
    {
      slug: 'newsletter_japan',
      name: 'Newsletter Japan ニュースレター',
      description: 'Agreed to the newsletter',
      members: Math.min(1200, members),
    },
    {
      slug: 'vip',
      name: 'VIP members',
      description: 'Bought ten times or more',
      members: 13,
      tags: ['crm', 'vip'],
    },
    { slug: 'lapsed', name: 'Lapsed', description: 'Nobody, so far', members: 0 },
    { slug: 'new_this_week', name: 'New this week', members: 40, uncounted: true },
    {
      slug: 'broken',
      name: 'Broken rule',
      members: 0,
      invalidReason: 'the field last_seen_ts does not exist',
    },
    { slug: 'articles', name: 'Popular articles', members: 0, table: 'content' },
  ];
}

/** People who join later have numbers that nobody has at the start. */
const firstJoiner = 900_000_001;

export class Segment {
  /** Opaque, 32 hex digits. */
  readonly id: string;
  readonly spec: SegmentSpec;
  #joined = 0;
  #left = 0;

  constructor(spec: SegmentSpec) {
    this.spec = spec;
    this.id = createHash('md5').update(spec.slug).digest('hex');
  }

  get size(): number {
    return this.#joined + this.#initial - this.#left;
  }

  get #initial(): number {
    const { members } = this.spec;
    return typeof members === 'number' ? members : members.length;
  }

  /** The member at a position, from 0. Those who joined last come first. */
  at(position: number, wanted: readonly string[] | undefined): Entity {
    if (position < this.#joined) {
      return entityOf(person(firstJoiner + this.#joined - 1 - position), wanted);
    }
    const index = position - this.#joined + this.#left;
    const { members } = this.spec;
    if (typeof members === 'number') return entityOf(person(index + 1), wanted);
    const entries = Object.entries(members[index] ?? {});
    return Object.fromEntries(entries.filter(([field]) => wanted?.includes(field) ?? true));
  }

  /** The members from one position up to but not including another one. */
  slice(from: number, to: number, wanted?: readonly string[]): Entity[] {
    const length = Math.max(0, Math.min(to, this.size) - from);
    return Array.from({ length }, (_, index) => this.at(from + index, wanted));
  }

  /** New members join at the beginning, so a scan by position gets the last ones again. */
  join(count: number): void {
    this.#joined += count;
  }

  /** The first of the original members leave, so a scan by position misses some. */
  leave(count: number): void {
    this.#left = Math.min(this.#initial, this.#left + count);
  }
}
