/** Admin requests of the simulators that take uploads of members. */
import { type AdminHandlers, ok } from './admin.ts';
import { release, type TimedJob } from './jobs.ts';
import { blocks } from './line-blocks.ts';

interface Members extends Iterable<string> {
  readonly size: number;
  sha256(): string;
}

interface Uploads<World> {
  /** The state as plain data. */
  readonly inspect: (world: World) => object;
  /** The parts of the state that can be read alone. */
  readonly parts: readonly string[];
  /** The members of an audience. Null when there is none with this id. */
  readonly membersOf: (world: World, id: string) => Members | null;
  readonly jobOf: (world: World, id: string) => (TimedJob & { readonly file: Buffer | null }) | undefined;
  /** Somebody else deletes the audience. */
  readonly remove: (world: World, id: string) => void;
}

/** @param noun what the service calls its audiences, in plural */
export function uploadHandlers<World extends { readonly clock: { time(): number } }>(
  noun: string,
  { inspect, parts, membersOf, jobOf, remove }: Uploads<World>,
): AdminHandlers<World> {
  const part =
    (name: string): AdminHandlers<World>[string] =>
    ({ world }) =>
      ok((inspect(world) as Record<string, unknown>)[name]);
  return {
    ...Object.fromEntries(parts.map((name) => [`GET ${name}`, part(name)])),
    [`GET ${noun}/*/members`]: ({ world, id }) => {
      const members = membersOf(world, id);
      return members && { status: 200, text: blocks(members) };
    },
    [`GET ${noun}/*/digest`]: ({ world, id }) => {
      const members = membersOf(world, id);
      return members && ok({ members: members.size, sha256: members.sha256() });
    },
    [`DELETE ${noun}/*`]: ({ world, id }) => {
      if (!membersOf(world, id)) return null;
      remove(world, id);
      return ok({ id });
    },
    'GET jobs/*/file': ({ world, id }) => {
      const file = jobOf(world, id)?.file;
      return file ? { status: 200, text: [file] } : null;
    },
    'POST jobs/*/release': ({ world, id }) => {
      const job = jobOf(world, id);
      if (job) release(job, world.clock.time());
      return job ? ok({ id }) : null;
    },
  };
}
