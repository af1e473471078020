/** Whether a tag fits the files that it names, and the notes of a release. Pure. */

export interface Tagged {
  /** Undefined for a dry run. */
  readonly tag: string | undefined;
  readonly changelog: string;
  /** The text of each package.json by its path. The application’s is "package.json". */
  readonly manifests: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly version: string;
  readonly repository?: { readonly url: string };
}

/** @returns the version and its notes, or one sentence that says what does not fit */
export function releaseAt({ tag, changelog, manifests }: Tagged): string | { version: string; notes: string } {
  const { version, repository } = JSON.parse(manifests['package.json']!) as Manifest;
  for (const [path, text] of Object.entries(manifests)) {
    const other = (JSON.parse(text) as Manifest).version;
    if (other !== version)
      return `${path} has version ${other}, and package.json ${version}: a release has one version.`;
  }
  if (tag !== undefined && tag !== `v${version}`) {
    return `The tag is ${JSON.stringify(tag)}, and package.json has version ${version}: npm run release makes the tag v${version}.`;
  }
  const dated = section(changelog, version);
  if (tag !== undefined && dated === '') {
    return `CHANGELOG.md has nothing below "## ${version}", so the release would have no notes: npm run release makes this section.`;
  }
  // Without a tag it is the next release that is tried.
  const text = tag === undefined ? section(changelog, 'Unreleased') || dated : dated;
  const address = repository?.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return { version, notes: `${asNotes(text, `${address}/blob/v${version}`)}\n` };
}

/** The text below a title, up to the next one, if it has more than titles. There may be a date after the title. */
export function section(changelog: string, title: string): string {
  const lines = changelog.split('\n');
  const begin = lines.findIndex((line) => line === `## ${title}` || line.startsWith(`## ${title} - `));
  if (begin < 0) return '';
  const below = lines.slice(begin + 1);
  const end = below.findIndex((line) => line.startsWith('## '));
  const text = below.slice(0, end < 0 ? undefined : end);
  return text.some((line) => line.trim() !== '' && !line.startsWith('#')) ? text.join('\n').trim() : '';
}

/** GitHub shows every end of a line in notes, and its pages of releases have no files for relative links. */
function asNotes(text: string, address: string): string {
  let inCode = false;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const fence = line.trimStart().startsWith('```');
    const before = lines.at(-1) ?? '';
    const goesOn = !inCode && !fence && /^ *[^\s#|>*-]/.test(line) && !/^ *\d+\. /.test(line);
    if (goesOn && before.trim() !== '' && !/^#|^\||```$/.test(before.trimStart()))
      lines[lines.length - 1] = `${before} ${line.trim()}`;
    else lines.push(line);
    if (fence) inCode = !inCode;
  }
  // regex-bounded: our own changelog
  return lines.join('\n').replace(/\]\((?!https?:|#)([^)\s]+)\)/g, `](${address}/$1)`);
}
