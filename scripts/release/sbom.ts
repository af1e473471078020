/**
 * The bill of materials of a file, as CycloneDX. `npm sbom` describes the libraries; this adds what npm does not know:
 * the libraries that are compiled into the web app and into the program, Node.js, and which libraries a kind of machine
 * gets. The same input gives the same text, without a time or a number of its own. Pure.
 */
import { createHash } from 'node:crypto';

export interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly [key: string]: unknown;
}

interface Edge {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** What is used here of the output of `npm sbom --sbom-format cyclonedx`. */
export interface Bom {
  readonly metadata: { readonly component: Component; readonly tools?: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly Edge[];
}

/** What is used here of package-lock.json. */
export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}
interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A kind of machine, in npm’s words. */
export interface Machine {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
}

/** Components, and what each of them needs. */
export interface Parts {
  readonly components: readonly Component[];
  readonly dependencies: readonly Edge[];
  /** What the described file needs itself. */
  readonly top: readonly string[];
}

/** The libraries that npm installs on a machine, or on any without one. */
export function installed(bom: Bom, lock: Lock, machine?: Machine): Parts {
  const kept = new Set(
    Object.entries(lock.packages)
      .filter(
        ([, entry]) =>
          !machine || (['os', 'cpu', 'libc'] as const).every((key) => entry[key]?.includes(machine[key]) ?? true),
      )
      .map(([place, entry]) => `${nameOf(place)}@${entry.version}`),
  );
  const root = bom.metadata.component['bom-ref'];
  const edges = bom.dependencies.map(({ ref, dependsOn }) => ({
    ref,
    dependsOn: dependsOn.filter((to) => kept.has(to)),
  }));
  return {
    components: bom.components.filter((component) => kept.has(component['bom-ref'])),
    dependencies: edges.filter(({ ref }) => kept.has(ref) && ref !== root),
    top: edges.find(({ ref }) => ref === root)!.dependsOn,
  };
}

export interface Library {
  readonly name: string;
  readonly version: string;
}

/** Libraries whose code is inside a file. `as` is the part of Lineup that holds them, if it is one of several. */
export function compiledIn(libraries: readonly Library[], lock: Lock, as?: Library): Parts {
  const ref = ({ name, version }: Library): string => `${name}@${version}`;
  const places = new Map(
    libraries.map((library) => {
      const places = Object.entries(lock.packages).filter(
        ([place, { version }]) => nameOf(place) === library.name && version === library.version,
      );
      if (!places[0]) throw new Error(`package-lock.json does not have ${ref(library)}, which is compiled in.`);
      return [ref(library), places[0]] as const;
    }),
  );
  const components = libraries.map((library): Component => {
    const [, { integrity, license }] = places.get(ref(library))!;
    return {
      'bom-ref': ref(library),
      type: 'library',
      name: library.name,
      version: library.version,
      scope: 'required',
      ...(integrity && { hashes: [sha512(integrity)] }),
      ...(license && { licenses: licences(license) }),
      purl: purl(library),
    };
  });
  const named = (names: readonly string[]): string[] => libraries.filter(({ name }) => names.includes(name)).map(ref);
  const dependencies = libraries.map((library) => {
    const [, { dependencies, peerDependencies }] = places.get(ref(library))!;
    return { ref: ref(library), dependsOn: named(Object.keys({ ...peerDependencies, ...dependencies })) };
  });
  if (!as) return { components, dependencies, top: libraries.map(ref) };
  return {
    components: [{ 'bom-ref': ref(as), type: 'application', ...as }, ...components],
    dependencies: [{ ref: ref(as), dependsOn: libraries.map(ref) }, ...dependencies],
    top: [ref(as)],
  };
}

/** Something that is no library of npm’s lists. */
export const single = (component: Component): Parts => ({
  components: [component],
  dependencies: [{ ref: component['bom-ref'], dependsOn: [] }],
  top: [component['bom-ref']],
});

/** @param subject the described file @param time in seconds since 1970 */
export function sbom(subject: Component, parts: readonly Parts[], tools: unknown, time: number): string {
  const all = unique(
    parts.flatMap(({ components }) => components),
    (component) => component['bom-ref'],
  );
  const edges = unique(
    parts.flatMap(({ dependencies }) => dependencies),
    ({ ref }) => ref,
  ).map(({ ref, dependsOn }) => ({ ref, dependsOn: unique(dependsOn, String).sort() }));
  const top = unique(
    parts.flatMap((part) => part.top),
    String,
  ).sort();
  const body = {
    version: 1,
    metadata: { timestamp: new Date(time * 1000).toISOString(), tools, component: subject },
    components: all,
    dependencies: [{ ref: subject['bom-ref'], dependsOn: top }, ...edges],
  };
  const head = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
  };
  return `${JSON.stringify({ ...head, serialNumber: serial(JSON.stringify(body)), ...body }, null, 2)}\n`;
}

export const purl = ({ name, version }: Library): string => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;

/** npm writes digests in base64, CycloneDX in hexadecimal digits. */
export const sha512 = (integrity: string): object => ({
  alg: 'SHA-512',
  content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex'),
});

/** An expression such as "(MIT OR CC0-1.0)" is no id. */
export const licences = (license: string): object[] => [
  /[ ()]/.test(license) ? { expression: license } : { license: { id: license } },
];

const nameOf = (place: string): string => place.replace(/^.*node_modules\//, '');

/** In the order of their keys. The first of each key stays. */
function unique<T>(list: readonly T[], key: (item: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const item of list) if (!byKey.has(key(item))) byKey.set(key(item), item);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/** A number that only this content has, in the form of a UUID of version 8. */
function serial(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
