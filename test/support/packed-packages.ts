/** The packages as npm would publish them, and a project that has installed them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const execute = promisify(execFile);

/** The part of the output of `npm pack --json` that is used here. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  /** The size of the tarball in bytes, and of its content. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder outside the repository, so that no file of the repository is found by accident. */
export class Project {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'lineup-project-'));

  write(path: string, text: string): string {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  /** Rejects with all output of the program. */
  async run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    try {
      return await execute(program, args, {
        cwd: this.directory,
        env: { PATH: process.env.PATH, HOME: this.directory, ...env },
      });
    } catch (error) {
      const { stdout, stderr } = error as Ran;
      throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** All at once, because most of the work of npm is its start. */
async function pack(to: string): Promise<readonly Packed[]> {
  const folders = ['./packages/identifiers', './packages/line-ads', './packages/ly-ads'];
  const { stdout } = await execute('npm', ['pack', ...folders, '--json', '--pack-destination', to], {
    cwd: root,
  });
  // npm prints lines about the build before it.
  return JSON.parse(stdout.slice(stdout.search(/^\[/m))) as readonly Packed[];
}

/**
 * Builds and packs all packages, and installs them into an empty project. It works offline, because they have no
 * dependencies.
 */
export async function installPackages(): Promise<{ project: Project; packed: readonly Packed[] }> {
  const project = new Project();
  const packed = await pack(project.directory);
  project.write('package.json', '{"private":true}');
  const tarballs = packed.map(({ filename }) => `./${filename}`);
  await project.run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs]);
  return { project, packed };
}
